"""The month as one list of phases, what levers see of it and what is recorded: here numbers get their meaning."""
