"""Sections of the page on what became of each innovation and of the people followed."""
