"""Series of observed adoption: what the model is fitted to, and what it is shown against."""
