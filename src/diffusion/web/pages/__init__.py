"""The pages: one file each, thin; what they show is made elsewhere."""
