"""The model against the evidence: all series in one world, what is predicted for each, how far off it is."""
