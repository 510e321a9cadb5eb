"""Random tokens and their hashes."""
