"""Measures of simulated results: outcomes, paired differences, intervals, groups."""
