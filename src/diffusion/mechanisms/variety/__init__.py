"""What differs between innovations beyond their kind, and who has a use for them."""
