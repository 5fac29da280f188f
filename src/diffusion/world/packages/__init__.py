"""Worlds as folders of data: what one holds, whether it can be used, how to begin one of one's own."""
