"""What stands in the frame, one row for each array and number; read by ``engine/kernels/frame_fields.py``."""
