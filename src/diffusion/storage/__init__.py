"""Formats on disk, each with its writer and its reader side by side."""
