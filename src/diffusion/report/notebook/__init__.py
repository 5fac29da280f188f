"""What notebooks show of objects: HTML of at most some 20 kB, figures of no window, frames."""
