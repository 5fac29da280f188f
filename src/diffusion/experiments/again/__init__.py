"""What was asked of a run or a comparison, kept so that it can be asked again: by whom it is written and read back."""
