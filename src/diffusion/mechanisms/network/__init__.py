"""Who sees whom, made ready for the kernels."""
