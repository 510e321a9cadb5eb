"""One running installation for the tests that only read it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from test_up import Server

from factories import small_plan
from kits.operator import operate


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own that runs, with the demo plan."""
    server = Server(tmp_path_factory.mktemp("installation") / "data").ready()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def backup_file(installation: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain backup of it, verified."""
    path = tmp_path_factory.mktemp("backup") / "all.backup"
    said = operate(installation.data_dir, "backup", str(path))
    assert said.code == 0, said.out
    assert said.json["verified"] is True
    assert said.json["rows"] > 20
    return path


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test."""
    started: list[Server] = []

    def begin(data_dir: Path, **environment: str) -> Server:
        started.append(Server(data_dir, **environment).ready())
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def plan_bytes() -> bytes:
    """A small plan."""
    return json.dumps(small_plan()).encode()
