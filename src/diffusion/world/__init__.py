"""The fixed world: trusts, AHSNs, innovations and the networks between trusts. Knows nothing of time."""
