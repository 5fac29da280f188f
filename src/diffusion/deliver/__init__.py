"""From scenarios or stored results to a finished folder, all or nothing."""
