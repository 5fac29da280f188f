"""Names and sentences, never stronger than the intervals allow."""
