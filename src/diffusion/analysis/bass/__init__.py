"""The Bass model: fits by least squares, with censoring, generalised, as a hazard."""
