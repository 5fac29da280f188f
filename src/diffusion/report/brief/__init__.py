"""The short forms of a result: one page, and slides."""
