"""The ledger goes out: in order, at least once, complete after an outage, verifiable where it lands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.actions import ship as shipping
from buildrunner.server.domains.audit.models import Destination
from buildrunner.server.domains.audit.rules import sending as rules
from buildrunner.server.domains.tenancy.facade import actor_for_person
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_tenant
from factories.ledgers import emit_many, seal
from kits.object_store import ObjectStore
from kits.receiver import Answer, Receiver

BUCKET = "audit-archive"


@pytest.fixture
def reachable(settings: Any) -> None:
    """The operator allows this machine, and plain HTTP."""
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]
    settings.BR_OUTBOUND_HTTP = True


@pytest.fixture
def siem(reachable: None) -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with ObjectStore(BUCKET) as one:
        yield one


def add_siem(tenant: Tenant, siem: Receiver, **more: Any) -> tuple[audit.DestinationView, str]:
    made = audit.add_destination(
        tenant.actor, tenant.org_id, kind="siem", name="Lake", url=siem.url, **more
    )
    assert made.secret
    return made.destination, made.secret


def add_store(tenant: Tenant, store: ObjectStore, **more: Any) -> audit.DestinationView:
    settings = {"bucket": store.bucket, "access_key_id": store.key_id, "prefix": "br"}
    return audit.add_destination(
        tenant.actor,
        tenant.org_id,
        kind="s3",
        name="Archive",
        url=store.url,
        settings=settings,
        secret=store.secret,
        **more,
    ).destination


def sequence(body: bytes) -> list[int]:
    return [row["seq"] for row in map(json.loads, body.splitlines()) if "seq" in row]


def look(tenant: Tenant, made: audit.DestinationView) -> audit.DestinationView:
    return audit.get_destination(tenant.actor, tenant.org_id, made.id)


def test_a_siem_gets_every_record_once_in_order_signed(
    tenant: Tenant, siem: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SIEM_BATCH", 5)
    made, secret = add_siem(tenant, siem)
    emit_many(tenant.org_id, 12, actor=tenant.actor)
    size = seal(tenant)
    audit.ship(tenant.org_id, made.id)
    got = siem.received
    assert [seq for each in got for seq in sequence(each.body)] == list(range(1, size + 1))
    for each in got:
        numbers = sequence(each.body)
        named = f"{tenant.org_id}:{numbers[0]}-{numbers[-1]}"
        assert each.headers["webhook-id"] == named
        stamp = datetime.fromtimestamp(int(each.headers["webhook-timestamp"]), tz=UTC)
        again = Webhook(secret).sign(named, stamp, each.body.decode())
        assert each.headers["webhook-signature"] == again
        assert verify(each.body.splitlines(keepends=True)).finding is None
    view = look(tenant, made)
    assert (view.waiting, view.failures, view.next_seq) == (0, 0, size + 1)


def test_after_an_outage_everything_that_waited_comes_in_order(
    tenant: Tenant, siem: Receiver
) -> None:
    siem.decide = lambda _: Answer(503, b"closed <b>")
    made, _ = add_siem(tenant, siem)
    emit_many(tenant.org_id, 3, actor=tenant.actor)
    seal(tenant)
    audit.ship(tenant.org_id, made.id)
    failed = look(tenant, made)
    assert (failed.failures, failed.next_seq) == (1, 1)
    assert failed.last_error.startswith("answered 503: closed")
    audit.ship(tenant.org_id, made.id)
    assert len(siem.received) == 1, "it waits for its time"
    emit_many(tenant.org_id, 2, actor=tenant.actor)
    size = seal(tenant)
    siem.decide = lambda _: Answer(204, b"")
    audit.send_now(tenant.actor, tenant.org_id, made.id)
    audit.ship(tenant.org_id, made.id)
    assert sequence(siem.received[-1].body) == list(range(1, size + 1))
    assert look(tenant, made).failures == 0


def test_a_lost_answer_repeats_the_same_message(
    tenant: Tenant, siem: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = add_siem(tenant, siem)
    seal(tenant)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shipping, "_note", killed)
    with pytest.raises(KeyboardInterrupt):
        audit.ship(tenant.org_id, made.id)
    monkeypatch.undo()
    audit.ship(tenant.org_id, made.id)
    first, second = siem.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_objects_lie_in_the_store_and_each_verifies(
    tenant: Tenant, store: ObjectStore, reachable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "OBJECT_RECORDS", 8)
    made = add_store(tenant, store)
    emit_many(tenant.org_id, 14, actor=tenant.actor, note="Ask Ada")
    size = seal(tenant)
    audit.ship(tenant.org_id, made.id)
    mine = {name: body for name, body in store.objects().items() if str(tenant.org_id) in name}
    assert sorted(mine) == [
        f"br/{tenant.org_id}/ledger-{first:012d}-{min(first + 7, size):012d}.jsonl"
        for first in range(1, size + 1, 8)
    ]
    for body in mine.values():
        assert verify(body.splitlines(keepends=True)).finding is None
    assert b'"disclosures"' in b"".join(mine.values())
    emit_many(tenant.org_id, 2, actor=tenant.actor)
    grown = seal(tenant)
    audit.ship(tenant.org_id, made.id)
    names = [name for name in store.objects() if str(tenant.org_id) in name]
    assert f"br/{tenant.org_id}/ledger-{size + 1:012d}-{grown:012d}.jsonl" in names


def test_redacted_no_personal_data_leaves(tenant: Tenant, siem: Receiver) -> None:
    made, _ = add_siem(tenant, siem, redact=True)
    emit_many(tenant.org_id, 3, actor=tenant.actor, note="Ask Ada")
    seal(tenant)
    audit.ship(tenant.org_id, made.id)
    body = b"".join(each.body for each in siem.received)
    assert b'"disclosures"' not in body
    assert b"Ada" not in body
    assert verify(siem.received[0].body.splitlines(keepends=True)).finding is None


def test_a_wrong_secret_is_told_and_mended(
    tenant: Tenant, store: ObjectStore, reachable: None
) -> None:
    made = add_store(tenant, store)
    audit.change_destination(tenant.actor, tenant.org_id, made.id, secret="wrong" * 8)
    seal(tenant)
    audit.ship(tenant.org_id, made.id)
    assert look(tenant, made).last_error.startswith("answered 403")
    audit.change_destination(tenant.actor, tenant.org_id, made.id, secret=store.secret)
    audit.ship(tenant.org_id, made.id)
    assert look(tenant, made).waiting == 0


def test_private_addresses_are_refused_unless_the_operator_allows_them(tenant: Tenant) -> None:
    for url in ("http://127.0.0.1:9/x", "https://169.254.169.254/latest", "https://10.0.0.1"):
        with pytest.raises(Invalid):
            audit.add_destination(tenant.actor, tenant.org_id, kind="siem", name="x", url=url)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"access_key_id": "x"}, "bucket"),
        ({"bucket": "../x", "access_key_id": "x"}, "bucket"),
        ({"bucket": "fine", "prefix": "a/../b", "access_key_id": "x"}, "prefix"),
        ({"bucket": "fine", "region": "EU west", "access_key_id": "x"}, "region"),
        ({"bucket": "fine"}, "access_key_id"),
    ],
)
def test_a_store_s_settings_are_judged(
    tenant: Tenant, settings: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        audit.add_destination(
            tenant.actor,
            tenant.org_id,
            kind="s3",
            name="x",
            url="https://s3.example.com",
            settings=settings,
            secret="s",
        )
    assert refusal.value.extensions["field"] == field


def test_only_who_manages_the_ledger_and_nobody_elsewhere(tenant: Tenant, siem: Receiver) -> None:
    made, _ = add_siem(tenant, siem)
    member = actor_for_person(add_person(tenant, project_role="pm"))
    with pytest.raises(Forbidden):
        audit.destinations(member, tenant.org_id)
    other = make_tenant()
    with pytest.raises(NotFound):
        audit.remove_destination(other.actor, other.org_id, made.id)
    with pytest.raises(NotFound):
        audit.get_destination(other.actor, tenant.org_id, made.id)


def test_the_secret_is_stored_sealed_and_shown_once(
    tenant: Tenant, api: Api, siem: Receiver
) -> None:
    path = f"/api/orgs/{tenant.org_id}/ledger/destinations"
    made = api.post(path, {"kind": "siem", "name": "Lake", "url": siem.url})
    assert made.status_code == 201, made.content
    secret = made.json()["signing_secret"]
    assert secret.startswith("whsec_")
    assert secret not in api.get(f"{path}/{made.json()['id']}").content.decode()
    with tenant_scope(tenant.org_id), connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM audit_destination")
        assert secret not in cursor.fetchone()[0]
        told = [str(row.data) for row in Event.objects.filter(kind__startswith="ledger.")]
    assert told
    assert not [text for text in told if secret in text]


def test_by_api_it_is_changed_asked_and_removed(tenant: Tenant, api: Api, siem: Receiver) -> None:
    path = f"/api/orgs/{tenant.org_id}/ledger/destinations"
    made = api.post(path, {"kind": "siem", "name": "Lake", "url": siem.url}).json()
    one = f"{path}/{made['id']}"
    assert api.patch(one, {"enabled": False}).json()["enabled"] is False
    refused = api.post(f"{one}/send")
    assert (refused.status_code, refused.json()["code"]) == (409, "destination_off")
    assert api.patch(one, {"enabled": True, "name": "Pond"}).json()["name"] == "Pond"
    assert api.post(f"{one}/send").status_code == 202
    assert [row["id"] for row in api.get(path).json()["items"]] == [made["id"]]
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    kinds = [row.kind for row in _events(tenant)]
    assert kinds == [
        "ledger.destination_added",
        "ledger.destination_changed",
        "ledger.destination_changed",
        "ledger.destination_asked",
        "ledger.destination_removed",
    ]


def _events(tenant: Tenant) -> list[Event]:
    with tenant_scope(tenant.org_id):
        return list(Event.objects.filter(kind__startswith="ledger.dest").order_by("id"))


def test_there_are_at_most_ten(tenant: Tenant, siem: Receiver) -> None:
    for _ in range(10):
        add_siem(tenant, siem)
    with pytest.raises(Conflict):
        add_siem(tenant, siem)


def test_who_is_due(tenant: Tenant, siem: Receiver, store: ObjectStore) -> None:
    hot, _ = add_siem(tenant, siem)
    cold = add_store(tenant, store)
    seal(tenant)

    def due(*, nightly: bool) -> set[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM audit_destinations_due(%s)", [nightly])
            return {row[0] for row in cursor.fetchall()} & {hot.id, cold.id}

    assert due(nightly=False) == {hot.id}
    assert due(nightly=True) == {hot.id, cold.id}
    with tenant_scope(tenant.org_id):
        Destination.objects.filter(id=cold.id).update(failures=1)
    assert due(nightly=False) == {hot.id, cold.id}
    audit.ship(tenant.org_id, hot.id)
    assert due(nightly=False) == {cold.id}


@given(st.integers(1, 10_000))
def test_pauses_grow_and_never_end(failures: int) -> None:
    assert rules.pause(failures) <= rules.pause(failures + 1)
    assert rules.pause(failures).total_seconds() <= 3600


def test_pages_add_show_the_secret_once_and_switch(tenant: Tenant, siem: Receiver) -> None:
    pages = Client()
    pages.force_login(tenant.person)
    home = f"/orgs/{tenant.org_id}/ledger/destinations"
    assert b"Nowhere yet" in pages.get(home).content
    form = {"kind": "siem", "name": "Lake <b>", "url": siem.url, "redact": "1"}
    made = pages.post(home, form).content.decode()
    assert "whsec_" in made
    assert "Lake &lt;b&gt;" in made
    again = pages.get(home).content.decode()
    assert "whsec_" not in again
    (one,) = audit.destinations(tenant.actor, tenant.org_id)
    for act, words in (("off", "Switched off"), ("on", "Switched on"), ("send", "on its way")):
        answer = pages.post(f"{home}/{one.id}", {"act": act}, follow=True)
        assert words in answer.content.decode()
    refused = pages.post(home, {**form, "kind": "s3", "bucket": "Not A Bucket"})
    assert refused.status_code == 422
    assert "is no bucket" in refused.content.decode()
    assert 'value="Not A Bucket"' in refused.content.decode()
    gone = pages.post(f"{home}/{one.id}", {"act": "remove"}, follow=True).content.decode()
    assert "Nothing is sent there any more" in gone
