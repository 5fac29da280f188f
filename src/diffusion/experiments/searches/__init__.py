"""Questions that take many comparisons: subsets of levers, budgets, precision, sensitivity."""
