"""Paired tests of what the levers must show: draws of the parameters, runs, facts."""
