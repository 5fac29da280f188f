"""Figures, from result tables alone."""
