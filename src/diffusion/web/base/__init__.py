"""Who may ask, and how pages are made."""
