"""Point clouds of sentences and pictures."""
