"""Strict readers of files: where every value came from, and what was expected in its place."""
