"""What several commands share: options, checks before a run, output on the terminal."""
