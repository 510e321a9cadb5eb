"""The ledger by its addresses; an outsider verifies what comes out of them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from buildrunner.ledger import checkpoint, merkle, signature
from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.queries import records
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, add_person, make_key
from factories.ledgers import emit_many, seal


@pytest.fixture
def base(tenant: Tenant) -> str:
    emit_many(tenant.org_id, 12, actor=tenant.actor, revision=1, note="Ask Ada")
    seal(tenant)
    return f"/api/orgs/{tenant.org_id}"


def file_of(api: Api, address: str) -> list[bytes]:
    """An export, piece by piece."""
    found, following = b"", address
    while following:
        answer = api.get(following)
        assert answer.status_code == 200, answer.content
        found += answer.content
        link = answer.headers.get("Link", "")
        following = link.partition(">")[0].removeprefix("<")
    return found.splitlines(keepends=True)


def checkpointed(api: Api, base: str) -> dict[str, Any]:
    answer = api.post(f"{base}/checkpoints")
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("redact", ["true", "false"])
def test_an_outsider_verifies_an_export(
    api: Api, base: str, monkeypatch: pytest.MonkeyPatch, form: str, redact: str
) -> None:
    monkeypatch.setattr(records, "AT_ONCE", 5)
    made = checkpointed(api, base)
    note = checkpoint.read(made["note"])
    lines = file_of(api, f"{base}/ledger/export?format={form}&redact={redact}")
    report = verify(lines, checkpoints=[note], anchored={made["key_id"]})
    assert report.ok, report.finding
    assert report.format == form
    assert report.records >= note.size > 12
    assert [anchor.state for anchor in report.anchors] == ["holds"]
    assert (report.disclosures == 0) == (redact == "true")
    assert (report.withheld == 0) == (redact == "false")
    assert (b"Ask Ada" in b"".join(lines)) is False  # disclosures are base64


def test_an_export_that_begins_later(api: Api, base: str) -> None:
    note = checkpoint.read(checkpointed(api, base)["note"])
    report = verify(file_of(api, f"{base}/ledger/export?from_seq=4"), checkpoints=[note])
    assert report.ok, report.finding
    assert report.first_seq == 4


def test_one_record_with_its_proof(api: Api, base: str) -> None:
    assert api.get(f"{base}/ledger/3").json()["inclusion"] is None
    made = checkpointed(api, base)
    found = api.get(f"{base}/ledger/3").json()
    proof = found["inclusion"]
    assert proof["checkpoint"]["size"] == made["size"]
    assert merkle.verify_inclusion(
        bytes.fromhex(found["hash"]),
        proof["index"],
        made["size"],
        [bytes.fromhex(part) for part in proof["path"]],
        bytes.fromhex(made["root"]),
    )
    assert json.loads(found["record"])["payload"]["seq"] == 3
    assert api.get(f"{base}/ledger/9999").status_code == 404
    assert api.get(f"{base}/ledger/3?size=7").json()["code"] == "checkpoint_not_found"


def test_the_ledger_only_grew(api: Api, tenant: Tenant, base: str) -> None:
    old = checkpointed(api, base)
    emit_many(tenant.org_id, 3)
    new = checkpointed(api, base)
    found = api.get(f"{base}/ledger/consistency?from={old['size']}&to={new['size']}").json()
    assert (found["from_root"], found["root"]) == (old["root"], new["root"])
    assert merkle.verify_consistency(
        old["size"],
        new["size"],
        [bytes.fromhex(part) for part in found["path"]],
        bytes.fromhex(old["root"]),
        bytes.fromhex(new["root"]),
    )
    latest = api.get(f"{base}/ledger/consistency").json()
    assert latest["from_size"] == new["size"] <= latest["size"]
    wrong = api.get(f"{base}/ledger/consistency?from=1&to=100000")
    assert wrong.status_code == 422


def test_a_checkpoint_seals_what_is_committed(api: Api, tenant: Tenant, base: str) -> None:
    before = api.get(f"{base}/ledger?limit=1").json()["items"][0]["seq"]
    emit_many(tenant.org_id, 4)
    assert checkpointed(api, base)["size"] >= before + 4
    items = api.get(f"{base}/checkpoints").json()["items"]
    assert [item["requested_by"]["kind"] for item in items] == ["key"]


def test_search(api: Api, tenant: Tenant, base: str) -> None:
    def actions(query: str) -> list[str]:
        answer = api.get(f"{base}/ledger?{query}")
        assert answer.status_code == 200, answer.content
        return [item["action"] for item in answer.json()["items"]]

    assert set(actions("action=plan.revised")) == {"plan.revised"}
    assert set(actions("action=plan.*")) == {"plan.revised"}
    assert "organization.created" in actions("limit=200")
    assert len(actions("entity=m1.s3")) == 1
    assert len(actions(f"actor={tenant.person.id}&action=plan.revised")) == 12
    assert actions("actor=nobody") == []
    assert set(actions(f"project={tenant.project_id}")) <= {"project.created", "plan.revised"}
    assert actions("to=2020-01-01T00:00:00Z") == []
    assert len(actions("from=2020-01-01T00:00:00Z&limit=200")) >= 12
    first = api.get(f"{base}/ledger?action=plan.revised&limit=5").json()
    rest = api.get(f"{base}/ledger?action=plan.revised&cursor={first['next_cursor']}").json()
    numbers = [item["seq"] for item in first["items"] + rest["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 12
    assert first["items"][0]["data"]["note"] == "Ask Ada"
    assert first["items"][0]["actor"]["name"] == tenant.person.name


def test_signing_keys(api: Api, tenant: Tenant, base: str) -> None:
    _, public = signature.new_key()
    body = {"name": "CI", "public_key": b64encode(public).decode()}
    made = api.post(f"{base}/signing-keys", body)
    assert made.status_code == 201, made.content
    name = made.json()["key_id"]
    assert name == signature.key_id(public)
    assert api.post(f"{base}/signing-keys", body).json()["key_id"] == name
    with tenant_scope(tenant.org_id):
        assert [key.key_id for key in audit.known_keys(tenant.org_id)] == [name]
    assert api.delete(f"{base}/signing-keys/{name}").status_code == 204
    assert audit.known_keys(tenant.org_id) == []
    assert api.post(f"{base}/signing-keys", body).json()["code"] == "signing_key_revoked"
    assert api.delete(f"{base}/signing-keys/{'0' * 16}").status_code == 404
    for wrong in ("", "AAAA", "not base64", b64encode(b"x" * 31).decode()):
        answer = api.post(f"{base}/signing-keys", {"name": "x", "public_key": wrong})
        assert answer.status_code == 422, wrong
    seal(tenant)
    actions = [
        item["action"] for item in api.get(f"{base}/ledger?action=signing_key.*").json()["items"]
    ]
    assert actions == ["signing_key.revoked", "signing_key.registered"]


def test_a_revoked_ledger_key_is_replaced(api: Api, base: str) -> None:
    old = checkpointed(api, base)["key_id"]
    assert api.delete(f"{base}/signing-keys/{old}").status_code == 204
    new = checkpointed(api, base)["key_id"]
    assert new != old
    listed = {key["key_id"]: key for key in api.get(f"{base}/signing-keys").json()["items"]}
    assert listed[old]["revoked_at"]
    assert listed[new]["purpose"] == "ledger"


def test_members_do_not_read_it(tenant: Tenant, base: str) -> None:
    member = add_person(tenant)
    _, secret = make_key(member)
    theirs = Api(secret)
    for address in ("ledger", "ledger/1", "ledger/export", "checkpoints"):
        assert theirs.get(f"{base}/{address}").status_code == 403, address
    assert theirs.post(f"{base}/checkpoints").status_code == 403
    assert theirs.post(
        f"{base}/signing-keys", {"name": "x", "public_key": "y" * 44}
    ).status_code in (403, 422)
    assert theirs.get(f"{base}/signing-keys").status_code == 200


def test_strangers_find_nothing(stranger: Tenant, base: str) -> None:
    for address in ("ledger", "ledger/1", "ledger/export", "checkpoints", "signing-keys"):
        assert Api(stranger.key).get(f"{base}/{address}").status_code == 404, address


def test_the_hourly_checkpoint(tenant: Tenant, base: str, api: Api) -> None:
    assert audit.checkpoint_grown() >= 1
    (made,) = api.get(f"{base}/checkpoints").json()["items"]
    assert made["requested_by"] is None
    assert checkpoint.read(made["note"]).key_id == made["key_id"]
