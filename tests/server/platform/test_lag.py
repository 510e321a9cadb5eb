"""How far subscribers are behind, and that a failing one is on record."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import pytest

from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events import cursor
from buildrunner.server.platform.events.cursor import Subscriber
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.lag import Lag, cursor_lag
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import START, Position, Record

pytestmark = pytest.mark.django_db


def happen(count: int) -> list[Record]:
    """Events of a fresh organization, as records."""
    org_id = uuid4()
    with tenant_scope(org_id):
        for number in range(count):
            emit("plan.revised", actor=SYSTEM, org_id=org_id, subject=str(number))
        return [
            Record(
                Position(row.epoch, row.transaction, row.id), row.kind, row.org_id,
                row.project_id, row.subject, row.actor, row.data, row.created_at,
            )
            for row in Event.objects.order_by("id")
        ]  # fmt: skip


def lag_of(name: str) -> Lag:
    (found,) = [one for one in cursor_lag() if one.subscriber == name]
    return found


def test_a_subscriber_that_keeps_up_has_no_lag() -> None:
    name = f"quick {uuid4()}"
    assert cursor._load(name) == START
    records = happen(3)
    before = lag_of(name)
    assert before.events >= 3
    assert before.seconds >= 0
    reached = cursor._handle(Subscriber(name, {"*": lambda _: None}), START, records)
    assert reached == records[-1].position
    after = lag_of(name)
    assert (after.events, after.seconds, after.failures, after.failing_since) == (0, 0.0, 0, None)


def test_a_failure_is_on_record_until_it_is_over() -> None:
    name, broken = f"broken {uuid4()}", True

    def handle(record: Record) -> None:
        if broken and record.subject == "1":
            raise ValueError("the receiver is away")

    subscriber = Subscriber(name, {"*": handle})
    cursor._load(name)
    records = happen(3)
    for tries in (1, 2):
        reached = cursor._handle(subscriber, START, records)
        assert reached == records[0].position
        found = lag_of(name)
        assert (found.events, found.failures) == (2, tries)
        assert found.error == "ValueError: the receiver is away"
        assert found.failing_since is not None
    since = found.failing_since
    cursor._handle(subscriber, reached, records[1:])
    assert lag_of(name).failing_since == since
    broken = False
    cursor._handle(subscriber, reached, records[1:])
    found = lag_of(name)
    assert (found.events, found.failures, found.failing_since, found.error) == (0, 0, None, "")


def test_a_batch_is_dealt_with_whole_or_not_at_all() -> None:
    name, given = f"batch {uuid4()}", []

    def handle(records: Sequence[Record]) -> None:
        given.append(len(records))
        if len(given) == 1:
            raise TimeoutError

    subscriber = Subscriber(name, batch=handle)
    cursor._load(name)
    records = happen(5)
    assert cursor._handle(subscriber, START, records) == START
    assert lag_of(name).failures == 1
    assert cursor._handle(subscriber, START, records) == records[-1].position
    assert given == [5, 5]
    assert lag_of(name).events == 0


def test_counting_stops_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    from buildrunner.server.platform.events import lag

    monkeypatch.setattr(lag, "MOST", 2)
    name = f"far {uuid4()}"
    cursor._load(name)
    happen(5)
    assert lag_of(name).events == 2
