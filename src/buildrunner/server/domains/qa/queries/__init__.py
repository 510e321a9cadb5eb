"""Reads of the room, in the tenant scope of whoever asks."""
