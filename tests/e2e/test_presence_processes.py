"""Who is here, with two web processes: what one is told the other tells, and who is killed is gone."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Queue
from typing import Any

import pytest

from buildrunner.client import Client
from buildrunner.client.errors import Unreachable
from kits import beating, topology
from kits.topology import Topology

pytestmark = pytest.mark.e2e
LIMIT = 10.0  # seconds


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    with topology.running(tmp_path_factory.mktemp("here")) as found:
        yield found


@pytest.fixture
def project(house: Topology) -> str:
    with at(house, "web1") as client:
        return client.projects.create("Here").id


def at(house: Topology, service: str) -> Client:
    return Client(f"http://127.0.0.1:{house.web[service]}", house.api_key)


class Ears:
    """What one web process tells of who is here, with the moment it came."""

    def __init__(self, house: Topology, service: str, project: str) -> None:
        self._said: Queue[tuple[float, dict[str, Any]]] = Queue()
        self._client = at(house, service)
        self._project = project
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(Unreachable):  # the house is closed at the end
            for event in self._client.events(self._project, also="presence"):
                for item in event.data.get("items", ()):
                    self._said.put((time.monotonic(), item))

    def until(self, *, gone: bool, patience: float = 20) -> float:
        """When somebody came or went."""
        while True:
            at, item = self._said.get(timeout=patience)
            if bool(item.get("gone")) is gone:
                return at


class Program:
    """A process that is here."""

    def __init__(self, house: Topology, project: str, *services: str) -> None:
        urls = [f"http://127.0.0.1:{house.web[service]}" for service in services]
        self._process = subprocess.Popen(
            [sys.executable, "-P", beating.__file__, house.api_key, project, *urls],
            stdout=subprocess.PIPE,
        )

    def await_here(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"here\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def test_a_killed_client_is_gone(house: Topology, project: str) -> None:
    ears = Ears(house, "web2", project)
    program = Program(house, project, "web1")
    program.await_here()
    ears.until(gone=False)
    with at(house, "web2") as client:
        assert [one.kind for one in client.presence.list(project)] == ["agent"]
        # Signs of life count for longer than one of them holds.
        time.sleep(LIMIT)
        assert len(list(client.presence.list(project))) == 1
        killed = time.monotonic()
        program.kill()
        seconds = ears.until(gone=True) - killed
        print(f"\na killed client is gone after {seconds:.1f} s")
        assert seconds <= LIMIT
        assert list(client.presence.list(project)) == []


def test_a_killed_web_process_takes_nobody_along_but_who_was_killed_too(
    house: Topology, project: str
) -> None:
    ears = Ears(house, "web2", project)
    stays, goes = Program(house, project, "web1", "web2"), Program(house, project, "web1")
    for program in (stays, goes):
        program.await_here()
        ears.until(gone=False)
    house.processes["web1"].kill()
    killed = time.monotonic()
    goes.kill()
    house.processes.pop("web1").wait()
    seconds = ears.until(gone=True) - killed
    print(f"\nwho is killed with its web process is gone after {seconds:.1f} s")
    assert seconds <= LIMIT
    with at(house, "web2") as client:
        assert len(list(client.presence.list(project))) == 1
    stays.kill()
    house.start("web1")
    house.await_ready()
