"""Observed and simulated histories of adoption as one kind of table."""
