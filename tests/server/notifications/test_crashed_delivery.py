"""What is guaranteed when a worker is killed between a request and its record.

Towards a service: at least once, under one id that never changes. Towards a person: one row of the
inbox, and one message for it, whoever dies when.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Delivery, Notice
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from factories import Tenant, add_person, make_tenant
from factories.notices import make_channel, told
from kits import chat_services
from kits.receiver import Answer, Receiver
from kits.working import working

pytestmark = pytest.mark.usefixtures("commits", "reachable")


@pytest.fixture
def tenant(commits: None) -> Tenant:
    """Committed, so that the worker sees it."""
    return make_tenant()


def settled(tenant: Tenant, channel_id: Any) -> list[notifications.DeliveryView]:
    """The log, once nothing waits in it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = notifications.channel_deliveries(tenant.actor, tenant.org_id, channel_id)
        if found and all(one.delivery.state == "delivered" for one in found):
            return [one.delivery for one in found]
        time.sleep(0.1)
    raise AssertionError(found)


def test_killed_between_send_and_record_the_message_comes_again_under_its_id(
    tenant: Tenant, databases: Databases
) -> None:
    taken, never = threading.Event(), threading.Event()

    def decide(request: Any) -> Answer:
        # The service has taken it; the answer does not reach the worker any more.
        answer = chat_services.slack(request)
        taken.set()
        return answer._replace(hold=never)

    with Receiver(decide) as receiver:
        channel = make_channel(tenant, receiver.url, personal=True)
        with working(databases) as first:
            told(tenant, event_id="e1")
            assert taken.wait(30)
            first.kill()
            first.wait()
        assert told(tenant, event_id="e1") == 0  # the event, handled again
        receiver.decide = chat_services.slack
        with working(databases):
            (delivery,) = settled(tenant, channel.id)
        never.set()
        ids = {request.headers["idempotency-key"] for request in receiver.received}
        bodies = {request.body for request in receiver.received}
    assert len(receiver.received) == 2  # at least once: the service saw it twice
    assert ids == {str(delivery.id)}  # … under one id …
    assert len(bodies) == 1  # … word for word
    assert delivery.attempts == 2
    with tenant_scope(tenant.org_id):
        assert Notice.objects.filter(event_id="e1").count() == 1


def test_killed_among_events_nobody_is_told_twice_nor_forgotten(
    tenant: Tenant, databases: Databases
) -> None:
    """Workers are killed again and again while they turn events into notices and mails."""
    asker = add_person(tenant, project_role="contributor")
    by_asker = tenancy.actor_for_person(asker)
    count = 30
    for number in range(count):
        with tenant_scope(tenant.org_id):
            emit(
                "approval.requested",
                actor=by_asker,
                org_id=tenant.org_id,
                project_id=tenant.project_id,
                subject=str(number),
                data={"number": number, "title": "T", "allowed": False},
            )

    def told_of() -> list[str]:
        with tenant_scope(tenant.org_id):
            rows = Notice.objects.filter(kind="approval.requested", person_id=tenant.person.id)
            return list(rows.order_by("id").values_list("subject", flat=True))

    def grown(past: int) -> None:
        deadline = time.monotonic() + 60
        while len(told_of()) <= past and time.monotonic() < deadline:
            time.sleep(0.01)

    for _ in range(3):
        with working(databases) as worker:
            grown(len(told_of()))  # in the middle of it
            worker.kill()
            worker.wait()
    with working(databases):
        grown(count - 1)
    assert told_of() == [f"request:{number}" for number in range(count)]
    with tenant_scope(tenant.org_id):
        assert Delivery.objects.filter(person_id=tenant.person.id).count() == count
