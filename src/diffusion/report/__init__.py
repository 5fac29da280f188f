"""What readers get: terminal tables, figures and a self-contained page, all from result tables."""
