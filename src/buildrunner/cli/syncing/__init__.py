"""Bringing a clone and its project on a server to the same plan."""
