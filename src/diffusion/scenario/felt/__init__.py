"""What a run can feel of a scenario, and what of it can do nothing: said before the run, and after it."""
