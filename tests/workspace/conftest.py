"""A workspace with a plan of nine microsteps."""

from pathlib import Path

import pytest

from buildrunner.workspace import Workspace
from kits.workspaces import make_plan, place


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return place(tmp_path / "work", make_plan())
