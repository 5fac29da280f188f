"""The page of one region, from the same runs as the page of the whole: tables that are kept, figures, words."""
