"""Two finished results held against each other: what moved, and what of it is beyond chance."""
