"""The edge's tables."""
