"""What became of each innovation, and of the people followed: how long adoption took, who left, returned, founded."""
