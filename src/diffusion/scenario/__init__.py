"""What a user writes: scenario files, stacking, settings, and the checks that name file, line and key."""
