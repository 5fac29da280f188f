"""Replicates in blocks on threads, and what they give back."""
