"""What notebooks show of objects: HTML of at most some 20 kB, figures that pyplot does not know, frames."""
