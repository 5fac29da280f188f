"""The ensemble: draws of the model's parameters, from the posterior or the prior, one for each replicate."""
