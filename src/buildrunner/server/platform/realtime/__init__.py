"""Committed events, and passing news, to open browsers and terminals."""
