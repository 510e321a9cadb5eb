"""The event table's history."""
