"""From an event to a signed message, its retries and the end of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import jsonschema_rs
import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.rules import retries
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Tenant
from factories.webhooks import happens, log, look, make_due, make_webhook, record_of, tell
from kits.receiver import Answer, Received, Receiver

# CloudEvents 1.0.2, the required and optional attributes of the JSON format.
CLOUD_EVENT = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "specversion": {"const": "1.0"},
        "type": {"type": "string", "minLength": 1},
        "datacontenttype": {"const": "application/json"},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
    "patternProperties": {"^[a-z0-9]{1,20}$": True},
    "additionalProperties": False,
}


def verified(request: Received, secret: str) -> dict[str, Any]:
    """What the official library makes of a message."""
    found: dict[str, Any] = Webhook(secret).verify(request.body, request.headers)
    return found


def emitted(tenant: Tenant, kind: str) -> list[dict[str, Any]]:
    with tenant_scope(tenant.org_id):
        return [row.data for row in Event.objects.filter(kind=kind).order_by("id")]


def test_an_event_becomes_a_signed_cloud_event(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    record = happens(tenant)
    tell(record)
    look(tenant, made.endpoint.id)
    (request,) = receiver.received
    event = verified(request, made.secret)
    assert jsonschema_rs.validator_for(CLOUD_EVENT, validate_formats=True).is_valid(event)
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == event["id"] == record.position.token()
    assert request.headers["user-agent"].startswith("BuildRunner/")
    assert (event["type"], event["subject"]) == ("plan.revised", str(tenant.project_id))
    assert event["data"] == {
        "org_id": str(tenant.org_id),
        "project_id": str(tenant.project_id),
        "actor": record.actor,
        "details": {"revision": 7},
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(make_webhook(tenant).secret).verify(request.body, request.headers)
    (entry,) = log(tenant, made.endpoint.id)
    assert (entry.state, entry.attempts, entry.trouble) == ("delivered", 1, "")
    detail = notifications.get_delivery(tenant.actor, tenant.org_id, made.endpoint.id, entry.id)
    assert json.loads(detail.body) == event
    (attempt,) = detail.attempts
    assert (attempt.status, attempt.answer) == (200, "thanks")
    assert attempt.latency_ms is not None


def test_the_same_events_again_make_no_second_message(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    records = [happens(tenant) for _ in range(3)]
    tell(*records)
    tell(*records[1:])
    look(tenant, made.endpoint.id)
    tell(*records)
    look(tenant, made.endpoint.id)
    arrived = sorted(request.headers["webhook-id"] for request in receiver.received)
    assert arrived == sorted(record.position.token() for record in records)


def test_who_hears_what(tenant: Tenant, stranger: Tenant, receiver: Receiver) -> None:
    before = happens(tenant)
    patterns = {"exact": ["plan.revised"], "family": ["claim.*", "plan.*"], "all": ["*"]}
    made = {name: make_webhook(tenant, kinds=kinds) for name, kinds in patterns.items()}
    made["other project"] = make_webhook(
        tenant,
        kinds=["*"],
        project_id=notifications_project(tenant),
    )
    made["off"] = make_webhook(tenant, kinds=["*"], enabled=False)
    made["stranger"] = make_webhook(stranger, kinds=["*"])
    tell(before, *(happens(tenant, kind) for kind in ("plan.revised", "claim.taken", "planet.x")))

    def heard(name: str) -> list[str]:
        owner = stranger if name == "stranger" else tenant
        return [entry.kind for entry in log(owner, made[name].endpoint.id)]

    assert heard("exact") == ["plan.revised"]
    assert heard("family") == ["plan.revised", "claim.taken"]
    assert heard("all") == ["plan.revised", "claim.taken", "planet.x"]
    assert heard("other project") == heard("off") == heard("stranger") == []


def notifications_project(tenant: Tenant) -> Any:
    from factories import make_project

    return make_project(tenant.person, org_id=tenant.org_id, title="Another").id


def test_a_message_keeps_its_id_over_retries_and_epochs(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    record = happens(tenant)
    with tenant_scope(tenant.org_id):
        assert record_of(Event.objects.get(id=record.position.id)).position == record.position
    receiver.decide = lambda _: Answer(500, b"no" if len(receiver.received) < 3 else b"")
    tell(record)
    for _ in range(3):
        look(tenant, made.endpoint.id)
        make_due(tenant, made.endpoint.id)
    ids = [request.headers["webhook-id"] for request in receiver.received]
    assert ids == [record.position.token()] * 3
    assert len({request.body for request in receiver.received}) == 1
    epoch, transaction, number = record.position
    assert record.position.token() != type(record.position)(epoch + 1, transaction, number).token()


def test_failures_are_tried_again_until_they_are_given_up(
    tenant: Tenant, receiver: Receiver
) -> None:
    receiver.decide = lambda _: Answer(503, b"<b>busy</b>\x00")
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    waited = timedelta()
    for number in range(1, retries.MOST_ATTEMPTS + 1):
        look(tenant, made.endpoint.id)
        (entry,) = log(tenant, made.endpoint.id)
        assert (entry.attempts, entry.trouble) == (number, "It answered 503.")
        if number < retries.MOST_ATTEMPTS:
            assert entry.next_attempt_at is not None
            waited += entry.next_attempt_at - timezone.now()
            make_due(tenant, made.endpoint.id)
    assert entry.state == "failed"
    assert entry.next_attempt_at is None
    assert timedelta(days=2) < waited < timedelta(days=4)
    detail = notifications.get_delivery(tenant.actor, tenant.org_id, made.endpoint.id, entry.id)
    assert [one.number for one in detail.attempts] == list(range(14, 0, -1))
    assert detail.attempts[0].answer == "<b>busy</b>\ufffd"
    assert notifications.deliveries(tenant.actor, tenant.org_id, made.endpoint.id, failed=True)


def test_pauses_grow_and_are_spread() -> None:
    pauses = [[retries.pause(attempt) for _ in range(50)] for attempt in range(1, 14)]
    middles = []
    for spread in pauses:
        seconds = [one.total_seconds() for one in spread if one]
        assert len(set(seconds)) > 1
        middle = (min(seconds) + max(seconds)) / 2
        assert 0.75 * middle < min(seconds) <= max(seconds) < 1.25 * middle
        middles.append(middle)
    assert all(b > a * 1.05 or b > 36_000 for a, b in pairwise(middles))
    assert retries.pause(retries.MOST_ATTEMPTS) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), ("Wed, 21 Oct 2026 07:30:00 GMT", 1800), ("soon", None), ("", None),
     ("-5", None), (None, None), ("Wed, 21 Oct 2020 07:30:00 GMT", 0), ("9" * 40, None)],
)  # fmt: skip
def test_retry_after_is_read(header: str | None, seconds: int | None) -> None:
    now = datetime(2026, 10, 21, 7, 0, tzinfo=UTC)
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retries.wish_of(header, now) == expected


def test_retry_after_is_honoured_within_a_day(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    for wish, least, most in (("3600", 3600, 3601), ("1", 1, 40), ("999999", 86400, 86401)):
        receiver.decide = lambda _, wish=wish: Answer(429, headers=(("Retry-After", wish),))
        tell(happens(tenant))
        look(tenant, made.endpoint.id)
        entry = log(tenant, made.endpoint.id)[-1]
        assert entry.next_attempt_at is not None
        wait = (entry.next_attempt_at - timezone.now()).total_seconds()
        assert least - 5 <= wait <= most


def test_gone_switches_an_endpoint_off(tenant: Tenant, receiver: Receiver) -> None:
    receiver.decide = lambda _: Answer(410)
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    endpoint = notifications.get_endpoint(tenant.actor, tenant.org_id, made.endpoint.id)
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "gone")
    assert emitted(tenant, "webhook.disabled") == [{"host": "127.0.0.1", "reason": "gone"}]
    make_due(tenant, made.endpoint.id)
    look(tenant, made.endpoint.id)
    assert len(receiver.received) == 1


def test_days_of_failure_switch_an_endpoint_off(tenant: Tenant, receiver: Receiver) -> None:
    receiver.decide = lambda _: Answer(500)
    made = make_webhook(tenant, receiver.url)
    tell(*(happens(tenant) for _ in range(retries.FAILURES)))
    look(tenant, made.endpoint.id)
    assert notifications.get_endpoint(tenant.actor, tenant.org_id, made.endpoint.id).enabled
    with tenant_scope(tenant.org_id):
        row = Endpoint.objects.get(id=made.endpoint.id)
        assert row.failures == retries.FAILURES
        row.failing_since = timezone.now() - retries.FAILING_FOR
        row.save()
    make_due(tenant, made.endpoint.id)
    look(tenant, made.endpoint.id)
    endpoint = notifications.get_endpoint(tenant.actor, tenant.org_id, made.endpoint.id)
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "failing")
    # Switched on again it starts anew, and what waited goes out.
    receiver.decide = lambda _: Answer()
    notifications.change_endpoint(tenant.actor, tenant.org_id, made.endpoint.id, enabled=True)
    make_due(tenant, made.endpoint.id)
    look(tenant, made.endpoint.id)
    endpoint = notifications.get_endpoint(tenant.actor, tenant.org_id, made.endpoint.id)
    assert (endpoint.failures, endpoint.failing_since) == (0, None)
    assert {entry.state for entry in log(tenant, made.endpoint.id)} == {"delivered"}


def test_one_success_ends_a_row_of_failures(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    receiver.decide = lambda _: Answer(500 if len(receiver.received) < 3 else 204, b"")
    tell(happens(tenant))
    for _ in range(3):
        look(tenant, made.endpoint.id)
        make_due(tenant, made.endpoint.id)
    endpoint = notifications.get_endpoint(tenant.actor, tenant.org_id, made.endpoint.id)
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_messages_begin_in_the_order_of_events(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    records = [happens(tenant, data={"number": number}) for number in range(25)]
    tell(*records[:10])
    tell(*records[10:])
    with tenant_scope(tenant.org_id):
        rows = Delivery.objects.filter(endpoint_id=made.endpoint.id).order_by("due_at", "id")
        assert [row.event_id for row in rows] == [one.position.token() for one in records]
    look(tenant, made.endpoint.id)
    arrived = [verified(one, made.secret)["data"]["details"] for one in receiver.received]
    numbers = [one["number"] for one in arrived]
    # Four run side by side; none begins before those of an earlier batch have ended.
    assert [number // 4 for number in numbers] == sorted(number // 4 for number in numbers)


def test_what_nobody_answers_is_told_in_words(tenant: Tenant, reachable: None) -> None:
    with Receiver() as gone:
        pass
    made = make_webhook(tenant, gone.url)
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    assert entry.trouble.startswith("No connection")
    assert entry.state == "pending"


def test_an_endpoint_that_answers_too_late_is_left(
    tenant: Tenant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "TIMEOUT", 0.3)
    receiver.decide = lambda _: Answer(body=b"x" * 1000, drip=0.01)
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    assert entry.trouble.startswith("No answer within")


def test_redirects_are_failures(tenant: Tenant, receiver: Receiver) -> None:
    with Receiver() as inside:
        receiver.decide = lambda _: Answer(307, headers=(("Location", inside.url),))
        made = make_webhook(tenant, receiver.url)
        tell(happens(tenant))
        look(tenant, made.endpoint.id)
        assert inside.received == []
    (entry,) = log(tenant, made.endpoint.id)
    assert entry.trouble == "It answered 307; redirects are not followed."


def test_a_private_address_behind_a_name_is_never_reached(
    tenant: Tenant, settings: Any, receiver: Receiver
) -> None:
    settings.BR_OUTBOUND_ALLOW = []
    made = make_webhook(tenant, f"http://localhost:{receiver.port}/")
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    assert "not public" in entry.trouble
    assert receiver.received == []


def test_the_first_kilobyte_of_an_answer_is_kept(tenant: Tenant, receiver: Receiver) -> None:
    receiver.decide = lambda _: Answer(200, b"\xff" + b"x" * 100_000)
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    detail = notifications.get_delivery(tenant.actor, tenant.org_id, made.endpoint.id, entry.id)
    assert detail.attempts[0].answer == "\ufffd" + "x" * 1023
