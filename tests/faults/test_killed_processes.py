"""A web process and a worker killed under load."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import Databases, embedded_database
from kits import processes, work
from kits.load import Follower, Load
from kits.product import Product

pytestmark = pytest.mark.e2e


def test_web_processes_killed_under_load(harmed: Product) -> None:
    load = Load(harmed.url, harmed.api_key)
    reader = Follower(harmed.url, harmed.api_key, load.project)
    with reader.following(), load:
        for _ in range(2):
            load.await_writes(15)
            assert processes.kill(harmed.process.pid, processes.WEB)
        load.await_writes(15)
        load.stop()
        reader.await_revision(max(load.acknowledged.values()))
    load.check()
    assert reader.connections > 1
    assert len(reader.revisions) == len(set(reader.revisions)) == len(load.written())
    print(f"{len(load.acknowledged)} writes, {load.lost_connections} connections lost")


def databases_of(product: Product) -> Databases:
    """Whatever this process's own environment says."""
    cluster = embedded.attach(product.data_dir)
    assert cluster is not None
    return embedded_database(cluster)


@pytest.fixture
def traces(harmed: Product) -> Iterator[work.Traces]:
    databases = databases_of(harmed)
    found = work.Traces(databases.owner, databases.web_role)
    yield found
    found.close()


def test_a_worker_killed_in_the_middle_of_a_job(
    harmed: Product, traces: work.Traces, tmp_path: Path
) -> None:
    web = databases_of(harmed).web
    workers = [work.start(harmed.data_dir, tmp_path) for _ in range(2)]
    try:
        traces.defer(web, {"job": 0, "seconds": 4}, *({"job": number} for number in range(1, 40)))
        deadline = time.monotonic() + 30
        while not (running_on := list(tmp_path.glob("0.*"))):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        victim = int(running_on[0].suffix[1:])
        os.kill(victim, signal.SIGKILL)
        began = time.monotonic()
        effects = traces.await_effects(40)
        print(f"the killed worker's job was done {time.monotonic() - began:.0f} s later")
        # It was rolled back with its process, and done by the other one.
        (other,) = (one.pid for one in workers if one.pid != victim)
        assert effects[0] == other
        assert sorted(effects) == list(range(40))
    finally:
        for one in workers:
            one.terminate()
        for one in workers:
            one.wait(30)


def test_a_worker_that_stops_ends_its_job_and_puts_the_others_back(
    harmed: Product, traces: work.Traces, tmp_path: Path
) -> None:
    web = databases_of(harmed).web
    first = work.start(harmed.data_dir, tmp_path)
    try:
        # Two threads: two jobs run, the others wait behind them in the same process.
        jobs = range(100, 110)
        traces.defer(web, *({"job": number, "seconds": 1} for number in jobs))
        deadline = time.monotonic() + 30
        while len(list(tmp_path.glob("1*.*"))) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        first.terminate()
        assert first.wait(15) == 0
        begun = {int(trace.name.partition(".")[0]) for trace in tmp_path.glob("1*.*")}
        done = {job for job, process in traces.effects().items() if process == first.pid}
        assert done == begun
        assert len(done) in {2, 3}
        assert traces.waiting() == {"queued": len(jobs) - len(done)}
    finally:
        if first.poll() is None:
            first.kill()
    second = work.start(harmed.data_dir, tmp_path)
    try:
        traces.defer(web, {"job": 99})
        effects = traces.await_effects(len(traces.effects()) + 1 + len(jobs) - len(done))
        assert {process for job, process in effects.items() if job in set(jobs) - done} == {
            second.pid
        }
        # Nothing ran twice.
        assert len(list(tmp_path.glob("1*.*"))) == len(jobs)
    finally:
        second.terminate()
        second.wait(30)
