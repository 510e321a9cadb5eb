"""Who answers which gate: the one visible table of questions that go upward."""

from __future__ import annotations


def wire() -> None:
    """Called once a process, when every room is loaded."""
