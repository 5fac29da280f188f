"""Ready studies at the size of a laptop."""
