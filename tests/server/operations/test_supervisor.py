"""The supervisor and a PostgreSQL that ends by itself."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from buildrunner.server.operations import children, supervisor
from buildrunner.server.operations.supervisor import Supervisor
from buildrunner.server.platform.db.embedded import Cluster
from buildrunner.server.platform.errors import OperatorProblem


class Database:
    """A cluster that ends as often as it is told to."""

    data_dir = Path("/nowhere")

    def __init__(self, ends: int) -> None:
        self.ends = ends
        self.starts = 0
        self.sessions = 2

    def alive(self) -> bool:
        return self.ends == 0

    def leftover(self) -> bool:
        """Sessions of the one that ended go one after the other."""
        self.sessions = max(0, self.sessions - 1)
        return self.sessions > 0

    def relaunch(self) -> None:
        assert self.sessions == 0
        self.starts += 1
        self.ends -= 1


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(children, "LONGEST_PAUSE", 0.01)


@pytest.mark.usefixtures("hurried")
def test_it_is_started_again_until_it_stays() -> None:
    database = Database(ends=4)
    watching = Supervisor()
    watching.cluster = cast(Cluster, database)
    watching.watch(database.alive, patience=10)
    assert database.starts == 4


@pytest.mark.usefixtures("hurried")
def test_it_is_given_up_after_a_while() -> None:
    database = Database(ends=10**6)
    watching = Supervisor()
    watching.cluster = cast(Cluster, database)
    with pytest.raises(OperatorProblem) as refused:
        watching.watch(database.alive, patience=30)
    assert "PostgreSQL ended 10 times" in refused.value.message
    assert "postgres.log" in refused.value.hint
    assert database.starts == supervisor.MOST_DATABASE_FAILURES - 1


def test_the_pauses_leave_time_to_clear_a_disk() -> None:
    pauses = [
        min(children.FIRST_PAUSE * 2**number, children.LONGEST_PAUSE)
        for number in range(supervisor.MOST_DATABASE_FAILURES - 1)
    ]
    assert sum(pauses) > 90
