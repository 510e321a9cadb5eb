"""Webhooks with real worker processes: from the commit to the receiver, whoever dies meanwhile."""

from __future__ import annotations

import signal
import threading
import time

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.rules import retries
from buildrunner.server.platform.db.roles import Databases
from factories import Tenant, make_tenant
from factories.webhooks import happens, log, make_webhook
from kits.receiver import Answer, Received, Receiver
from kits.working import working

pytestmark = pytest.mark.usefixtures("commits", "reachable")


@pytest.fixture
def tenant(commits: None) -> Tenant:
    """Committed, so that the worker sees it."""
    return make_tenant()


def settled(tenant: Tenant, receiver: Receiver, webhook: object, count: int) -> None:
    """Wait until the log says that all has arrived; the last note follows the last request."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        states = [entry.state for entry in log(tenant, webhook)]  # type: ignore[arg-type]
        if states == ["delivered"] * count:
            return
        time.sleep(0.1)
    raise AssertionError((states, len(receiver.received)))


def test_from_the_commit_to_the_receiver(tenant: Tenant, databases: Databases) -> None:
    with Receiver() as receiver, working(databases) as worker:
        made = make_webhook(tenant, receiver.url)
        record = happens(tenant)
        (request,) = receiver.wait(1)
        event = Webhook(made.secret).verify(request.body, request.headers)
        assert event["id"] == record.position.token()
        settled(tenant, receiver, made.endpoint.id, 1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


def test_a_failed_message_comes_again_by_itself(tenant: Tenant, databases: Databases) -> None:
    with Receiver() as receiver, working(databases):
        receiver.decide = lambda _: Answer(500 if len(receiver.received) < 3 else 200)
        made = make_webhook(tenant, receiver.url)
        happens(tenant)
        receiver.wait(3)
        settled(tenant, receiver, made.endpoint.id, 1)


def test_a_worker_killed_in_mid_delivery_loses_nothing(
    tenant: Tenant, databases: Databases
) -> None:
    never = threading.Event()
    with Receiver() as receiver:
        made = make_webhook(tenant, receiver.url)
        with working(databases) as first:
            receiver.decide = lambda _: Answer(hold=never)
            records = [happens(tenant) for _ in range(6)]
            receiver.wait(1)
            first.kill()
            first.wait()
        (told, *_) = log(tenant, made.endpoint.id)
        assert (told.state, told.attempts) == ("pending", 1)
        receiver.decide = lambda _: Answer()
        killed = len(receiver.received)
        with working(databases):
            receiver.wait(killed + 6)
            settled(tenant, receiver, made.endpoint.id, 6)
        never.set()
        ids = [request.headers["webhook-id"] for request in receiver.received[killed:]]
        assert set(ids) == {record.position.token() for record in records}
        again = [entry.attempts for entry in log(tenant, made.endpoint.id)]
        assert max(again) >= 2


def test_slow_endpoints_hold_up_nobody(tenant: Tenant, databases: Databases) -> None:
    """Three endpoints that do not answer, each with a pile of messages, beside one that does."""
    never, began = threading.Event(), time.monotonic()

    def decide(request: Received) -> Answer:
        return Answer(hold=never) if request.path.startswith("/slow") else Answer()

    with Receiver(decide) as receiver, working(databases):
        slow = [make_webhook(tenant, f"http://127.0.0.1:{receiver.port}/slow{n}") for n in range(3)]
        for _ in range(20):
            happens(tenant)
        receiver.wait(3 * 4)  # all of them are busy
        quick = make_webhook(tenant, receiver.url, kinds=["claim.*"])
        happens(tenant, "claim.taken")
        # None of the slow ones is answered before this one has its message.
        settled(tenant, receiver, quick.endpoint.id, 1)
        for one in slow:
            tried = [entry for entry in log(tenant, one.endpoint.id) if entry.attempts]
            turns = 1 + (time.monotonic() - began) // retries.TIMEOUT
            assert 4 <= len(tried) <= 4 * turns  # at most so many at once
        never.set()


def test_two_workers_share_a_burst_and_one_is_killed(tenant: Tenant, databases: Databases) -> None:
    """An unreliable receiver, replays in between: everything arrives, in order of beginning."""
    count = 60
    lock, seen = threading.Lock(), set[str]()

    def decide(request: Received) -> Answer:
        with lock:  # every third message fails the first time
            new = request.headers["webhook-id"] not in seen
            seen.add(request.headers["webhook-id"])
            return Answer(500 if new and len(seen) % 3 == 0 else 200)

    with Receiver(decide) as receiver:
        made = make_webhook(tenant, receiver.url)
        start = timezone.now()
        with working(databases) as first, working(databases):
            records = [happens(tenant, subject=str(number)) for number in range(count)]
            receiver.wait(10)
            first.kill()
            notifications.replay_since(
                tenant.actor, tenant.org_id, made.endpoint.id, since=start, everything=True
            )
            settled(tenant, receiver, made.endpoint.id, count)
        assert seen == {record.position.token() for record in records}
        listed = [entry.event_id for entry in log(tenant, made.endpoint.id)]
        assert listed == [record.position.token() for record in records]
