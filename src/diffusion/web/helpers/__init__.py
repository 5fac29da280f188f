"""Processes beside the server that run and draw, so that it always answers."""
