"""Running scenarios, questions that take many runs, studies and sweeps."""
