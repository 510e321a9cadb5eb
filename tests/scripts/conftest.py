"""A machine for the scripts, as bare as they come."""

from pathlib import Path

import pytest

from kits.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An ordinary user's machine without any Python yet."""
    made = Machine(tmp_path)
    made.user(1000)
    return made
