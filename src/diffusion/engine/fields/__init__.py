"""What stands in the frame, one row for each array and number; read by ``engine/frame_fields.py``."""
