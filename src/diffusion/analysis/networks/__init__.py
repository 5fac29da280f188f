"""Exposure, clustering, influence and rewiring in networks."""
