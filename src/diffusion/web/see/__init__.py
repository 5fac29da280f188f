"""Results as pages: the answer, figures with their data, regions, innovations."""
