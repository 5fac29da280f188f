"""A study: read from a file, checked, drawn and frozen before anything runs."""
