"""A sweep: many runs, resumable, stored chunk by chunk, here or on a cluster."""
