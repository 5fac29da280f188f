"""Fitting the model to the evidence: waves of runs, emulators, a posterior, and how far it is to be believed."""
