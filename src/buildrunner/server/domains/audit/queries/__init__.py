"""Reads of the room, each in its organization's scope."""
