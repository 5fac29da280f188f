"""Questions in the making: options side by side, each a scenario file."""
