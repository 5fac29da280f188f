"""Replicates in blocks on threads and helper processes, and what they give back."""
