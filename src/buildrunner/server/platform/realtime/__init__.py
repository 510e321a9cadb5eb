"""Committed events to open browsers and terminals."""
