"""People, companies and what they bring to the market."""
