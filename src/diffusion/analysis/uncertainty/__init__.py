"""What parameters leave open: draws, indices, value of information, switching values."""
