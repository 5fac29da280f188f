"""Words about evidence: what was observed, how well the model fits it, what a calibration asks and answers."""
