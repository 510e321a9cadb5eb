"""Making, changing, rotating, replaying and deleting webhooks, by API and by door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.actions.tidy import purge_deliveries, wake_overdue
from buildrunner.server.domains.notifications.models import Attempt, Delivery, Endpoint
from buildrunner.server.domains.notifications.rules import kinds
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_project
from factories.webhooks import (
    PUBLIC,
    happens,
    log,
    look,
    make_due,
    make_log,
    make_webhook,
    tell,
)
from kits.receiver import Answer, Receiver


def path(tenant: Tenant, *rest: object) -> str:
    return "/".join(["/api/orgs", str(tenant.org_id), "webhooks", *map(str, rest)])


def kinds_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.org_id):
        rows = Event.objects.filter(kind__startswith="webhook.").order_by("id")
        return [row.kind.removeprefix("webhook.") for row in rows]


def test_the_life_of_a_webhook_by_api(tenant: Tenant, api: Api) -> None:
    made = api.post(path(tenant), {"url": PUBLIC, "kinds": ["plan.*"], "description": "CI"})
    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    one = path(tenant, made.json()["id"])
    assert made["Location"] == one
    shown = api.get(one)
    assert "secret" not in shown.json()
    assert secret not in api.get(path(tenant)).content.decode()
    changed = api.patch(one, {"kinds": ["claim.taken", "*"], "enabled": False})
    assert changed.json()["kinds"] == ["claim.taken", "*"]
    assert changed.json()["disabled_reason"] == "person"
    assert api.patch(one, {"enabled": True}).json()["enabled"] is True
    assert api.patch(one, {"enabled": True, "url": PUBLIC}).status_code == 200  # nothing to do
    rotated = api.post(one + "/rotate", {"overlap_seconds": 60})
    assert rotated.json()["secret"] not in ("", secret)
    assert rotated.json()["previous_secret_until"]
    assert api.post(one + "/rotate", {"overlap_seconds": 0}).json()["previous_secret_until"] is None
    sent = api.post(one + "/ping")
    assert sent.status_code == 202
    detail = api.get(f"{one}/deliveries/{sent.json()['id']}").json()
    assert (detail["kind"], detail["state"]) == ("webhook.ping", "pending")
    listed = api.get(one + "/deliveries").json()["items"]
    assert [entry["id"] for entry in listed] == [sent.json()["id"]]
    for query, count in {
        "trouble=true": 0, "trouble=false": 1, "state=pending": 1, "state=failed": 0,
        "state=delivered": 0, "kind=webhook.ping": 1, "kind=plan.revised": 0,
    }.items():  # fmt: skip
        assert len(api.get(f"{one}/deliveries?{query}").json()["items"]) == count, query
    assert api.get(one + "/deliveries?state=lost").status_code == 422
    assert api.post(f"{one}/deliveries/{sent.json()['id']}/replay").status_code == 202
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    with tenant_scope(tenant.org_id):
        assert not Delivery.objects.exists()
    assert kinds_of(tenant) == [
        "created", "updated", "disabled", "enabled", "secret_rotated", "secret_rotated", "pinged",
        "replayed", "deleted",
    ]  # fmt: skip


def test_secrets_are_sealed_and_in_no_event(tenant: Tenant) -> None:
    made = make_webhook(tenant)
    again = notifications.rotate_secret(tenant.actor, tenant.org_id, made.endpoint.id)
    with tenant_scope(tenant.org_id):
        row = Endpoint.objects.get(id=made.endpoint.id)
        stored = [row.secret, row.previous_secret]
        told = [str(event.data) for event in Event.objects.all()]
    for text in (made.secret, again.secret):
        bare = text.removeprefix("whsec_")
        assert not any(bare in one for one in [*stored, *told, repr(made), repr(again)])


def test_both_secrets_sign_during_the_overlap(tenant: Tenant, receiver: Receiver) -> None:
    old = make_webhook(tenant, receiver.url)
    new = notifications.rotate_secret(tenant.actor, tenant.org_id, old.endpoint.id)
    tell(happens(tenant))
    look(tenant, old.endpoint.id)
    (during,) = receiver.received
    for secret in (old.secret, new.secret):
        assert Webhook(secret).verify(during.body, during.headers)
    with tenant_scope(tenant.org_id):
        row = Endpoint.objects.get(id=old.endpoint.id)
        row.previous_until = timezone.now()
        row.save()
    tell(happens(tenant))
    look(tenant, old.endpoint.id)
    after = receiver.received[-1]
    assert Webhook(new.secret).verify(after.body, after.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.secret).verify(after.body, after.headers)


def test_a_rotation_without_overlap_drops_the_old_secret(
    tenant: Tenant, receiver: Receiver
) -> None:
    old = make_webhook(tenant, receiver.url)
    notifications.rotate_secret(tenant.actor, tenant.org_id, old.endpoint.id, overlap=timedelta())
    tell(happens(tenant))
    look(tenant, old.endpoint.id)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.secret).verify(receiver.received[0].body, receiver.received[0].headers)
    with pytest.raises(Invalid):
        notifications.rotate_secret(
            tenant.actor, tenant.org_id, old.endpoint.id, overlap=timedelta(days=8)
        )


def test_owners_and_admins_manage_webhooks_and_nobody_else(tenant: Tenant) -> None:
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    member = tenancy.actor_for_person(add_person(tenant, project_role="pm"))
    made = notifications.create_endpoint(admin, tenant.org_id, url=PUBLIC)
    with pytest.raises(Forbidden) as refusal:
        notifications.get_endpoint(member, tenant.org_id, made.endpoint.id)
    assert refusal.value.extensions["missing"] == ["webhook.manage"]
    _, narrow = make_key(tenant.person, scopes=["planner.write"], org_id=tenant.org_id)
    assert Api(narrow).get(path(tenant)).status_code == 403
    _, bound = make_key(tenant.person, org_id=tenant.org_id, project_id=tenant.project_id)
    assert Api(bound).get(path(tenant)).status_code == 404


def test_strangers_find_nothing(tenant: Tenant, stranger: Tenant) -> None:
    webhook, delivery = make_log(tenant)
    other, _ = make_log(stranger)
    theirs, here = stranger.actor, stranger.org_id
    for attempt in (
        lambda: notifications.get_endpoint(theirs, here, webhook),
        lambda: notifications.get_delivery(theirs, here, webhook, delivery),
        lambda: notifications.get_delivery(theirs, here, other, delivery),
        lambda: notifications.change_endpoint(theirs, here, webhook, enabled=False),
        lambda: notifications.rotate_secret(theirs, here, webhook),
        lambda: notifications.replay_delivery(theirs, here, other, delivery),
        lambda: notifications.delete_endpoint(theirs, here, webhook),
        lambda: notifications.create_endpoint(
            theirs, here, url=PUBLIC, project_id=tenant.project_id
        ),
        lambda: notifications.endpoints(theirs, tenant.org_id),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "http://example.com/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://[::1]/"},
        {"url": "https://2130706433/"},
        {"url": "https://user:word@example.com/"},
        {"url": PUBLIC, "kinds": []},
        {"url": PUBLIC, "kinds": ["Plan.revised"]},
        {"url": PUBLIC, "kinds": ["plan*"]},
        {"url": PUBLIC, "kinds": ["*.revised"]},
        {"url": PUBLIC, "kinds": ["x" * 200]},
        {"url": PUBLIC, "description": "two\nlines"},
        {"url": PUBLIC, "secret": "whsec_mine"},
    ],
)
def test_what_cannot_be_a_webhook_is_refused(tenant: Tenant, api: Api, body: Any) -> None:
    answer = api.post(path(tenant), body)
    assert answer.status_code == 422, answer.content
    with tenant_scope(tenant.org_id):
        assert not Endpoint.objects.exists()


def test_an_organization_has_a_limited_number(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from buildrunner.server.domains.notifications.actions import create_endpoint

    monkeypatch.setattr(create_endpoint, "MOST", 2)
    make_webhook(tenant)
    make_webhook(tenant)
    with pytest.raises(Conflict):
        make_webhook(tenant)


def test_patterns() -> None:
    assert kinds.checked([" plan.* ", "*", "plan.*"]) == ["plan.*", "*"]
    assert kinds.hears(["plan.*"], "plan.revised")
    assert kinds.hears(["plan.*"], "plan.item.moved")
    assert not kinds.hears(["plan.*"], "planet.found")
    assert not kinds.hears(["plan.*"], "plan")
    assert kinds.hears(["*"], "anything.happened")
    assert not kinds.hears(["plan.revised"], "plan.revised_twice")


def test_one_delivery_is_sent_again_under_its_id(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    look(tenant, made.endpoint.id)
    (entry,) = log(tenant, made.endpoint.id)
    notifications.replay_delivery(tenant.actor, tenant.org_id, made.endpoint.id, entry.id)
    look(tenant, made.endpoint.id)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    (entry,) = log(tenant, made.endpoint.id)
    assert (entry.state, entry.attempts) == ("delivered", 2)


def test_what_did_not_arrive_is_sent_again(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    start = timezone.now()
    tell(happens(tenant, subject="arrived"))
    look(tenant, made.endpoint.id)
    receiver.decide = lambda _: Answer(500)
    tell(happens(tenant, subject="given up"))
    with tenant_scope(tenant.org_id):
        Delivery.objects.filter(due_at__isnull=False).update(tries=99)
    look(tenant, made.endpoint.id)
    assert [entry.state for entry in log(tenant, made.endpoint.id)] == ["delivered", "failed"]
    notifications.change_endpoint(tenant.actor, tenant.org_id, made.endpoint.id, enabled=False)
    tell(happens(tenant, subject="missed while off"), happens(tenant, "claim.taken"))
    with pytest.raises(Conflict):
        notifications.replay_since(tenant.actor, tenant.org_id, made.endpoint.id, since=start)
    notifications.change_endpoint(tenant.actor, tenant.org_id, made.endpoint.id, enabled=True)
    receiver.decide = lambda _: Answer()
    answer = notifications.replay_since(tenant.actor, tenant.org_id, made.endpoint.id, since=start)
    assert (answer.queued, answer.more) == (2, False)
    look(tenant, made.endpoint.id)
    assert {entry.state for entry in log(tenant, made.endpoint.id)} == {"delivered"}
    assert len(receiver.received) == 4
    everything = notifications.replay_since(
        tenant.actor, tenant.org_id, made.endpoint.id, since=start, everything=True
    )
    assert everything.queued == 3
    nothing = notifications.replay_since(
        tenant.actor, tenant.org_id, made.endpoint.id, since=timezone.now()
    )
    assert nothing.queued == 0


def test_a_replay_is_bounded(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    from buildrunner.server.domains.notifications.actions import replay

    monkeypatch.setattr(replay, "MOST", 3)
    made = make_webhook(tenant)
    start = timezone.now()
    for _ in range(5):
        happens(tenant)  # the subscriber has not come yet: all count as missed
    queued = []
    for _ in range(3):
        answer = notifications.replay_since(
            tenant.actor, tenant.org_id, made.endpoint.id, since=start
        )
        queued.append((answer.queued, answer.more))
    assert queued == [(3, True), (2, False), (0, False)]
    for since in (start - timedelta(days=31), start + timedelta(days=1)):
        with pytest.raises(Invalid):
            notifications.replay_since(tenant.actor, tenant.org_id, made.endpoint.id, since=since)


def test_a_lost_job_is_made_up_for(tenant: Tenant, receiver: Receiver) -> None:
    made = make_webhook(tenant, receiver.url)
    tell(happens(tenant))
    with tenant_scope(tenant.org_id):
        row = Endpoint.objects.get(id=made.endpoint.id)
        lost, long_ago = row.wake_at, timezone.now() - timedelta(hours=1)
        row.wake_at = long_ago
        row.save()
    make_due(tenant, made.endpoint.id)
    assert lost is not None
    notifications.deliver(tenant.org_id, made.endpoint.id, wake_at=lost)  # no longer the one
    assert receiver.received == []
    assert wake_overdue(patience=timedelta()) >= 1
    look(tenant, made.endpoint.id)
    assert len(receiver.received) == 1
    with tenant_scope(tenant.org_id):
        assert Endpoint.objects.get(id=made.endpoint.id).wake_at is None


def test_the_log_goes_back_thirty_days(tenant: Tenant) -> None:
    webhook, old = make_log(tenant)
    young = notifications.send_ping(tenant.actor, tenant.org_id, webhook)
    with tenant_scope(tenant.org_id):
        Delivery.objects.filter(id=old).update(created_at=timezone.now() - timedelta(days=31))
    assert purge_deliveries() >= 1
    with tenant_scope(tenant.org_id):
        assert [row.id for row in Delivery.objects.all()] == [young.id]
        assert not Attempt.objects.exists()


def test_a_webhook_of_one_project_hears_of_that_one(tenant: Tenant) -> None:
    other = make_project(tenant.person, org_id=tenant.org_id, title="Another").id
    mine = make_webhook(tenant, kinds=["*"], project_id=tenant.project_id)
    theirs = make_webhook(tenant, kinds=["*"], project_id=other)
    tell(happens(tenant))
    assert len(log(tenant, mine.endpoint.id)) == 1
    assert log(tenant, theirs.endpoint.id) == []


def test_lists_come_in_pages(tenant: Tenant, api: Api) -> None:
    webhook, _ = make_log(tenant)
    for _ in range(4):
        notifications.send_ping(tenant.actor, tenant.org_id, webhook)
    seen: list[str] = []
    address = path(tenant, webhook, "deliveries") + "?limit=2"
    while address:
        answer = api.get(address)
        seen += [entry["id"] for entry in answer.json()["items"]]
        following = answer.json()["next_cursor"]
        address = (
            path(tenant, webhook, f"deliveries?limit=2&cursor={following}") if following else ""
        )
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
