"""From specifications and tables to a world: files or synthetic rows, ties, and what is written out of it."""
