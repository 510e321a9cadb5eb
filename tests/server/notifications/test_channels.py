"""Channels to chats: who keeps them, what they hear, what became of it, and dead letters."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.rules import retries
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, add_person, make_key
from factories.notices import at_night, make_channel, told
from factories.webhooks import happens, look, make_due, tell
from kits import chat_services
from kits.receiver import Answer, Receiver

PEERS = {
    "slack": chat_services.slack,
    "discord": chat_services.discord,
    "teams": chat_services.teams,
    "generic": lambda _: Answer(),
}
SECRET = "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXSECRET"


def log(tenant: Tenant, channel_id: UUID, **more: Any) -> list[notifications.DeliveryView]:
    found = notifications.channel_deliveries(tenant.actor, tenant.org_id, channel_id, **more)
    return [one.delivery for one in found]


@pytest.mark.parametrize("service", PEERS)
def test_an_event_reaches_the_chat_in_its_shape(
    tenant: Tenant, reachable: None, service: str
) -> None:
    with Receiver(PEERS[service]) as receiver:
        channel = make_channel(tenant, receiver.url, service=service)
        data = {"number": 7, "title": "Sign in by passkey", "allowed": False}
        record = happens(tenant, "approval.requested", subject="7", data=data)
        tell(record)
        tell(record)  # the same event again makes no second message
        look(tenant, channel.id)
        (request,) = receiver.received
    assert "Sign in by passkey" in request.body.decode()
    (delivery,) = log(tenant, channel.id)
    assert delivery.state == "delivered"
    assert request.headers["idempotency-key"] == str(delivery.id)
    if service == "generic":
        body = json.loads(request.body)
        assert (body["id"], body["priority"]) == (record.position.token(), "high")


def test_the_address_is_sealed_and_shown_masked(tenant: Tenant, api: Api) -> None:
    body = {"service": "slack", "url": SECRET}
    made = api.post(f"/api/orgs/{tenant.org_id}/channels", body)
    assert made.status_code == 201
    assert made.json()["address"] == "https://hooks.slack.com/…CRET"
    with tenant_scope(tenant.org_id):
        row = Endpoint.objects.get(id=made.json()["id"])
    assert "SECRET" not in row.secret + row.url
    for path in ("", f"/{row.id}", f"/{row.id}/deliveries"):
        assert "XXXX" not in api.get(f"/api/orgs/{tenant.org_id}/channels{path}").content.decode()


def test_kinds_and_priorities_narrow_what_is_heard(tenant: Tenant) -> None:
    channel = make_channel(tenant, kinds=["approval.*", "plan.revised"], least="high")
    tell(happens(tenant, "approval.given", subject="1"))  # normal
    tell(happens(tenant, "plan.revised"))  # low
    tell(happens(tenant, "claim.expired"))  # not of its kinds
    tell(happens(tenant, "approval.requested", subject="1"))
    assert [one.kind for one in log(tenant, channel.id)] == ["approval.requested"]


def test_what_is_between_a_person_and_the_inbox_goes_to_no_program(tenant: Tenant) -> None:
    channel = make_channel(tenant, kinds=["*"])
    tell(happens(tenant, "notification.created", data={"people": []}))
    assert log(tenant, channel.id) == []


def test_who_keeps_channels(tenant: Tenant) -> None:
    pm = add_person(tenant, project_role="pm")
    contributor = add_person(tenant, project_role="contributor")
    path = f"/api/orgs/{tenant.org_id}/channels"
    body = {"service": "slack", "url": SECRET}
    of_project = body | {"project_id": str(tenant.project_id)}
    as_pm, as_other = Api(make_key(pm)[1]), Api(make_key(contributor)[1])
    assert as_pm.post(path, body).status_code == 403
    assert as_other.post(path, of_project).status_code == 403
    made = as_pm.post(path, of_project)
    assert made.status_code == 201
    one = f"{path}/{made.json()['id']}"
    assert as_pm.patch(one, {"least": "high"}).json()["least"] == "high"
    assert as_other.get(one).status_code == 403
    assert as_pm.get(f"{path}?project_id={tenant.project_id}").json()["items"]
    mine = as_other.post(path, body | {"personal": True}).json()
    assert Api(tenant.key).get(f"{path}/{mine['id']}").status_code == 404  # not even its owner
    assert len(as_other.get(f"{path}?personal=true").json()["items"]) == 1
    assert as_pm.delete(one).status_code == 204


def test_a_channel_of_ones_own_hears_what_one_is_told_and_keeps_the_night(
    tenant: Tenant, reachable: None
) -> None:
    with Receiver(chat_services.discord) as receiver:
        channel = make_channel(tenant, receiver.url, service="discord", personal=True)
        told(tenant, title="Grace mentions you")
        look(tenant, channel.id)
        (request,) = receiver.received
        assert "Grace mentions you" in request.body.decode()
        notifications.change_preferences(tenant.actor, **at_night())
        told(tenant, title="At night")
        told(tenant, title="Fire", kind="budget.exhausted")
        look(tenant, channel.id)
        assert len(receiver.received) == 2
        assert "Fire" in receiver.received[-1].body.decode()
    waiting = log(tenant, channel.id, state="pending")
    assert len(waiting) == 1
    assert waiting[0].next_attempt_at is not None
    assert waiting[0].next_attempt_at > timezone.now() + timedelta(minutes=30)


def test_a_failing_channel_is_tried_again_then_a_dead_letter_then_replayed(
    tenant: Tenant, api: Api, reachable: None
) -> None:
    path = f"/api/orgs/{tenant.org_id}/channels"
    with Receiver(lambda _: Answer(503)) as receiver:
        channel = make_channel(tenant, receiver.url, kinds=["plan.*"])
        tell(happens(tenant))
        for _ in range(retries.MOST_ATTEMPTS):
            make_due(tenant, channel.id)
            with tenant_scope(tenant.org_id):
                Endpoint.objects.filter(id=channel.id).update(wake_at=timezone.now())
            look(tenant, channel.id)
        (dead,) = api.get(f"{path}/{channel.id}/deliveries?state=failed").json()["items"]
        assert (dead["attempts"], dead["trouble"]) == (retries.MOST_ATTEMPTS, "It answered 503.")
        receiver.decide = chat_services.slack
        assert api.post(f"{path}/{channel.id}/replay").json() == {"queued": 1}
        look(tenant, channel.id)
    detail = api.get(f"{path}/{channel.id}/deliveries/{dead['id']}").json()
    assert detail["state"] == "delivered"
    assert len(detail["log"]) == retries.MOST_ATTEMPTS + 1
    assert [one["status"] for one in detail["log"]][:2] == [200, 503]


def test_a_service_that_says_slow_down_is_left_in_peace(tenant: Tenant, reachable: None) -> None:
    with Receiver(lambda _: Answer(429, headers=(("Retry-After", "120"),))) as receiver:
        channel = make_channel(tenant, receiver.url, kinds=["plan.*"])
        tell(happens(tenant))
        look(tenant, channel.id)
    (delivery,) = log(tenant, channel.id)
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at > timezone.now() + timedelta(seconds=100)


def test_private_addresses_are_not_called(tenant: Tenant, api: Api) -> None:
    body = {"service": "slack", "url": "http://169.254.169.254/latest"}
    refused = api.post(f"/api/orgs/{tenant.org_id}/channels", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "url_refused")


def test_the_way_to_mailboxes_is_seen_and_not_changed(tenant: Tenant, api: Api) -> None:
    told(tenant)
    path = f"/api/orgs/{tenant.org_id}/channels"
    (mail,) = api.get(path).json()["items"]
    assert mail["service"] == "email"
    assert api.delete(f"{path}/{mail['id']}").status_code == 409
    (line,) = api.get(f"{path}/{mail['id']}/deliveries").json()["items"]
    assert line["person"] == "Ada"
    detail = api.get(f"{path}/{mail['id']}/deliveries/{line['id']}").json()
    assert detail["message"] == ""  # what a mail says is its person's


def test_a_channel_that_is_gone_tells_its_keepers(tenant: Tenant, reachable: None) -> None:
    with Receiver(lambda _: Answer(410)) as receiver:
        channel = make_channel(tenant, receiver.url, kinds=["plan.*"])
        tell(happens(tenant))
        look(tenant, channel.id)
    view = notifications.get_channel(tenant.actor, tenant.org_id, channel.id)
    assert (view.enabled, view.disabled_reason) == (False, "gone")


def test_webhooks_and_channels_do_not_mix(tenant: Tenant, api: Api) -> None:
    channel = make_channel(tenant)
    assert api.get(f"/api/orgs/{tenant.org_id}/webhooks").json()["items"] == []
    assert api.get(f"/api/orgs/{tenant.org_id}/webhooks/{channel.id}").status_code == 404
    with tenant_scope(tenant.org_id):
        assert not Delivery.objects.exists()
