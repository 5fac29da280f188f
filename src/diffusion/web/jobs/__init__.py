"""What was asked to be run: kept in files, run one after the other, told of while it goes on."""
