"""The queue's history."""
