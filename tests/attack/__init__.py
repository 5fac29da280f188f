"""Attacks on the command line: scripts that try to break it, each with its seed (see docs/reliability.md)."""
