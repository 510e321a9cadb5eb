"""Real worker processes: sealed within a second, once, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import LedgerRecord
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, make_tenant
from factories.ledgers import emit_many, events_of

pytestmark = pytest.mark.usefixtures("commits")

TESTS = Path(__file__).parents[2]
LAG = 1.0  # seconds


@pytest.fixture
def tenant(commits: None) -> Tenant:
    """Committed, so that the worker sees it."""
    return make_tenant()


@contextmanager
def working(databases: Databases) -> Iterator[subprocess.Popen[str]]:
    """A worker process; killed at the end if it still runs."""
    environment = os.environ | databases.environment() | {"PYTHONPATH": str(TESTS)}
    process = subprocess.Popen(
        [sys.executable, "-m", "kits.sealing_worker"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "working\n"
        yield process
    finally:
        process.kill()
        process.wait()


def size(tenant: Tenant) -> int:
    with tenant_scope(tenant.org_id):
        return audit.size_of(tenant.org_id)


def until(reached: Callable[[], bool], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not reached():
        assert time.monotonic() < deadline, "nothing happens"
        time.sleep(0.005)


def test_killed_in_the_middle_it_seals_each_event_once(
    databases: Databases, tenant: Tenant
) -> None:
    for _ in range(6):
        emit_many(tenant.org_id, 250, actor=tenant.actor)
    events = events_of(tenant.org_id)
    killed = 0
    while size(tenant) < len(events):
        with working(databases) as process:
            before = size(tenant)
            until(lambda before=before: size(tenant) > before)  # type: ignore[misc]
            if killed < 4:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            else:
                until(lambda: size(tenant) >= len(events))
    assert killed == 4
    assert size(tenant) == len(events)
    with tenant_scope(tenant.org_id):
        ids = list(LedgerRecord.objects.order_by("seq").values_list("id", flat=True))
    assert ids == [event.position.token() for event in events]
    piece = audit.export_piece(tenant.actor, tenant.org_id)
    report = verify(piece.lines.splitlines(keepends=True))
    assert report.ok, report.finding


def test_sealed_within_a_second(databases: Databases, tenant: Tenant) -> None:
    with working(databases):
        until(lambda: size(tenant) >= len(events_of(tenant.org_id)))
        lags = []
        for _ in range(9):
            before = size(tenant)
            emit_many(tenant.org_id, 1)
            start = time.monotonic()
            until(lambda before=before: size(tenant) > before)  # type: ignore[misc]
            lags.append(time.monotonic() - start)
    assert statistics.median(lags) <= LAG, lags


def test_two_workers_seal_once(databases: Databases, tenant: Tenant) -> None:
    with working(databases), working(databases):
        for _ in range(5):
            emit_many(tenant.org_id, 40)
            audit.seal_events(events_of(tenant.org_id)[-60:])  # and this process besides
        events = events_of(tenant.org_id)
        until(lambda: size(tenant) >= len(events))
    assert size(tenant) == len(events)
    report = verify(audit.export_piece(tenant.actor, tenant.org_id).lines.splitlines(keepends=True))
    assert report.ok, report.finding
