"""The Tests page and what it changes."""
