"""Projects and organizations as files: out, in again, beside, and gone."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.test import Client

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db import archive_file
from buildrunner.server.platform.db.archive import ArchiveInvalid
from buildrunner.server.platform.db.rows import Row
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, DomainError, Forbidden, NotFound
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.models import Event
from factories import Tenant, add_person, make_key, make_tenant, small_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(db: None) -> Tenant:
    """A tenant whose project has 27 revisions, so that there are two snapshots."""
    made = make_tenant(plan=small_plan())
    for number in range(26):
        plans.edit_plan(
            made.actor,
            made.project_id,
            change=[{"op": "set", "id": "m1.s1.ms1", "field": "title", "value": f"Title {number}"}],
        )
    return made


def exported(tenant: Tenant) -> bytes:
    target = io.BytesIO()
    tenancy.export_project(tenant.actor, tenant.project_id, target=target)
    return target.getvalue()


def brought_in(tenant: Tenant, data: bytes, **options: Any) -> tenancy.ImportedProject:
    return tenancy.import_project(tenant.actor, io.BytesIO(data), org_id=tenant.org_id, **options)


def history(tenant: Tenant, project_id: UUID) -> list[tuple[int, str, str]]:
    with tenancy.project_scope(tenant.actor, project_id) as access:
        return [
            (one.revision, one.document_hash, one.author["name"])
            for one in plans.list_revisions(access, limit=100)
        ]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(parts: dict[str, bytes], **about: Any) -> bytes:
    """An archive with a manifest that fits, whatever its members are."""
    manifest = json.loads(parts["manifest.json"]) | about
    manifest["members"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "rows": data.count(b"\n")}
        for name, data in parts.items()
        if name != "manifest.json"
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
            file.writestr(name, data)
    return target.getvalue()


def elsewhere(data: bytes) -> bytes:
    """The same archive of a project that this server has never seen."""
    parts = members(data)
    told = json.loads(parts["manifest.json"])
    renames = {told["project_id"]: str(uuid4())}
    for name in parts:
        if name.endswith(".jsonl"):
            for line in parts[name].splitlines():
                row = json.loads(line)
                if "id" in row and row["id"] not in renames:
                    renames[row["id"]] = str(uuid4())
    for old, new in renames.items():
        parts = {name: part.replace(old.encode(), new.encode()) for name, part in parts.items()}
    return packed(parts)


def test_a_project_moves_with_ids_revisions_and_history(tenant: Tenant, stranger: Tenant) -> None:
    data = elsewhere(exported(tenant))
    told = json.loads(members(data)["manifest.json"])
    done = brought_in(stranger, data)
    assert done.created
    assert str(done.project.id) == told["project_id"]
    assert done.project.org_id == stranger.org_id
    assert done.project.role == "pm"
    assert (done.project.revision, done.project.title) == (27, "Engine")
    assert history(stranger, done.project.id) == history(tenant, tenant.project_id)
    with tenancy.project_scope(stranger.actor, done.project.id) as access:
        new = plans.read_plan(access)
        for number in (1, 13, 25, 26):
            assert plans.read_revision(access, number, document=True).document is not None
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        assert plans.read_plan(access).document == new.document
    rows = [json.loads(line) for line in members(data)["plans_revision.jsonl"].splitlines()]
    with tenant_scope(stranger.org_id):
        revision = apps.get_model("plans", "Revision")
        kept = set(revision.objects.filter(project_id=done.project.id).values_list("id", flat=True))
        assert {str(one) for one in kept} == {row["id"] for row in rows}
        author = revision.objects.filter(project_id=done.project.id).first()
        assert author.author["imported"] is True
        assert author.person_id is None
    # And it goes on from there.
    plans.edit_plan(
        stranger.actor,
        done.project.id,
        change=[{"op": "set", "id": "m1.s1.ms1", "field": "title", "value": "New"}],
    )


def test_a_second_import_changes_nothing(tenant: Tenant, stranger: Tenant) -> None:
    data = elsewhere(exported(tenant))
    first = brought_in(stranger, data)

    def everything() -> list[Any]:
        with tenant_scope(stranger.org_id):
            return [
                sorted(map(str, model.objects.values_list()))
                for model in apps.get_models()
                if issubclass(model, Row) and model.tenant_column and "SELECT" in model.web_grants
            ]

    before = everything()
    again = brought_in(stranger, data)
    assert not again.created
    assert again.rows == 0
    assert again.project.id == first.project.id
    assert everything() == before
    # A project that went on holds the archive too.
    plans.edit_plan(
        stranger.actor,
        first.project.id,
        change=[{"op": "set", "id": "m1.s1.ms1", "field": "title", "value": "New"}],
    )
    assert not brought_in(stranger, data).created
    assert brought_in(stranger, data).project.revision == 28


def test_what_came_in_is_not_told_again(
    tenant: Tenant, stranger: Tenant, owner_sql: psycopg.Connection
) -> None:
    done = brought_in(stranger, elsewhere(exported(tenant)))
    with tenant_scope(stranger.org_id):
        events = Event.objects.filter(project_id=done.project.id)
        came = list(events.filter(epoch=-1).order_by("id"))
        assert [one.kind for one in came].count("plan.revised") == 27
        assert all(one.actor["imported"] is True and "key" not in one.actor for one in came)
        assert [one.kind for one in events.filter(epoch__gte=0)] == ["project.imported"]
        # Where readers begin: everything at (0, 0, 0) or later.
        assert not events.filter(epoch=-1, transaction__gt=0).exists()


def test_the_ids_of_another_organization_are_not_given_away(
    tenant: Tenant, stranger: Tenant
) -> None:
    data = exported(tenant)
    with pytest.raises(Conflict) as refused:
        brought_in(stranger, data)
    assert refused.value.code == "copy_needed"
    assert "cannot be kept in this organization" in refused.value.detail
    assert tenant.person.name not in refused.value.detail.replace("Ada's", "")
    copy = brought_in(stranger, data, as_copy=True)
    assert copy.created
    assert copy.project.id != tenant.project_id
    assert history(stranger, copy.project.id) == history(tenant, tenant.project_id)
    with pytest.raises(NotFound), tenancy.project_scope(stranger.actor, tenant.project_id):
        pass


def test_another_history_is_not_mixed_in(tenant: Tenant, stranger: Tenant) -> None:
    data = elsewhere(exported(tenant))
    parts = members(data)
    short = dict(parts)
    lines = parts["plans_revision.jsonl"].splitlines(keepends=True)
    project = json.loads(parts["tenancy_project.jsonl"])
    head = json.loads(parts["plans_planhead.jsonl"])
    head["packed"] = json.loads(lines[24])["snapshot"]
    short["plans_revision.jsonl"] = b"".join(lines[:25])
    project |= {"head_revision": 25, "head_hash": json.loads(lines[24])["document_hash"]}
    head |= {"revision": 25, "document_hash": json.loads(lines[24])["document_hash"]}
    short["tenancy_project.jsonl"] = json.dumps(project).encode() + b"\n"
    short["plans_planhead.jsonl"] = json.dumps(head).encode() + b"\n"
    brought_in(stranger, packed(short))
    with pytest.raises(Conflict) as refused:
        brought_in(stranger, data)
    assert refused.value.code == "archive_differs"
    assert refused.value.extensions["missing_rows"] == {"plans_revision": 2}


def change(table: str, edit: Callable[[list[dict[str, Any]]], object]) -> Callable[..., None]:
    def apply(parts: dict[str, bytes]) -> None:
        rows = [json.loads(line) for line in parts[f"{table}.jsonl"].splitlines()]
        edit(rows)
        parts[f"{table}.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return apply


def at(place: int, **values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[place].update(values)


FORGERIES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "another title in a revision": change(
        "plans_revision",
        lambda rows: rows[5].update(operations=rows[5]["operations"].replace("Title", "Forged")),
    ),
    "another hash": change("plans_revision", at(5, document_hash="sha256:" + "0" * 64)),
    "a gap": change("plans_revision", lambda rows: rows.pop(5)),
    "no first document": change("plans_revision", at(0, snapshot=None)),
    "a wrong order": change("plans_revision", lambda rows: rows.reverse()),
    "no revisions": change("plans_revision", lambda rows: rows.clear()),
    "operations that are none": change("plans_revision", at(3, operations='{"a": 1}')),
    "a broken snapshot": change("plans_revision", at(0, snapshot="AAAA")),
    "a forged head": change("plans_planhead", at(0, revision=99)),
    "another document in the head": change(
        "plans_planhead",
        lambda rows: rows[0].update(packed=rows[0]["packed"][:-8] + "AAAAAAA="),
    ),
    "two heads": change("plans_planhead", lambda rows: rows.append(dict(rows[0]))),
    "no head": change("plans_planhead", lambda rows: rows.clear()),
    "an answer of another shape": change("plans_revision", at(2, answer='{"renames": 7}')),
    "a row of another project": change("plans_revision", at(2, project_id=str(uuid4()))),
    "another organization": change("tenancy_project", at(0, org_id=str(uuid4()))),
    "an unknown column": change("events_event", at(0, epoch=5)),
    "a number for a text": change("tenancy_project", at(0, title=7)),
    "a text for a number": change("tenancy_project", at(0, head_revision="27")),
    "true for a number": change("plans_planhead", at(0, revision=True)),
    "a huge number": change("plans_revision", at(0, operations_count=2**40)),
    "a long title": change("tenancy_project", at(0, title="x" * 201)),
    "a title of two lines": change("tenancy_project", at(0, title="a\nb")),
    "a NUL": change("events_event", at(0, kind="a\x00b")),
    "half a pair": change("events_event", at(0, data={"a": "\ud800"})),
    "a deep nest": change("events_event", lambda rows: rows[0].update(data=nest(150))),
    "a time without a zone": change("events_event", at(0, created_at="2026-01-01T00:00:00")),
    "a null": change("events_event", at(0, kind=None)),
    "two projects": change("tenancy_project", lambda rows: rows.append(dict(rows[0]))),
    "a row twice": change("plans_revision", lambda rows: rows[4].update(id=rows[3]["id"])),
    "no JSON": lambda parts: parts.update({"events_event.jsonl": b"{\n"}),
    "a list": lambda parts: parts.update({"events_event.jsonl": b"[]\n"}),
    "another table": lambda parts: parts.update({"tenancy_apikey.jsonl": b"{}\n"}),
    "a way up": lambda parts: parts.update({"../../etc/passwd": b"x\n"}),
}


def nest(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.fixture(scope="module")
def genuine(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """One archive of a project that this server has never seen, for all forgers."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        made = make_tenant(plan=small_plan())
        for number in range(8):
            plans.edit_plan(
                made.actor,
                made.project_id,
                change=[
                    {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": f"Title {number}"}
                ],
            )
        data = elsewhere(exported(made))
        transaction.set_rollback(True)
    return data


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_archive_leaves_no_trace(genuine: bytes, stranger: Tenant, forgery: str) -> None:
    parts = members(genuine)
    FORGERIES[forgery](parts)
    before = projects(stranger)
    with pytest.raises(DomainError) as refused:
        brought_in(stranger, packed(parts))
    assert refused.value.status in {409, 422}, refused.value.detail
    assert projects(stranger) == before
    brought_in(stranger, genuine)


def projects(tenant: Tenant) -> int:
    with tenant_scope(tenant.org_id):
        return sum(
            model.objects.count() for model in (*apps.get_app_config("plans").get_models(), Event)
        )


def test_files_that_are_none_are_refused(genuine: bytes, stranger: Tenant) -> None:
    flipped = bytearray(genuine)
    flipped[len(flipped) // 3] ^= 0xFF
    parts = members(genuine)
    unnamed = io.BytesIO()
    with zipfile.ZipFile(unnamed, "w") as file:
        file.writestr("manifest.json", parts["manifest.json"])
        file.writestr("extra.jsonl", "{}\n")
    for data in (
        b"",
        b"hello",
        genuine[: len(genuine) // 2],
        bytes(flipped),
        unnamed.getvalue(),
        packed({"manifest.json": b"{}"}),
        packed(parts, format=99),
        packed(parts, kind="organization"),
        packed(parts, project_id="nobody"),
        packed(parts, format="1"),
    ):
        with pytest.raises(ArchiveInvalid):
            brought_in(stranger, data)


def test_a_bomb_does_not_go_off(
    genuine: bytes, stranger: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = members(genuine)
    parts["events_event.jsonl"] = b" " * 3_000_000 + b"\n"
    bomb = packed(parts)
    assert len(bomb) < 60_000
    monkeypatch.setattr(archive_file, "MOST_UNPACKED", 2_000_000)
    with pytest.raises(ArchiveInvalid, match="unpacks to more"):
        brought_in(stranger, bomb)
    monkeypatch.setattr(archive_file, "MOST_UNPACKED", 10_000_000)
    monkeypatch.setattr(archive_file, "MOST_LINE", 1_000_000)
    with pytest.raises(ArchiveInvalid, match="longer than"):
        brought_in(stranger, bomb)


def test_a_duplicate_stands_beside(tenant: Tenant) -> None:
    plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id="m1.s1.ms1", holder="me")
    copy = tenancy.duplicate_project(tenant.actor, tenant.project_id)
    assert copy.title == "Engine (copy)"
    assert copy.id != tenant.project_id
    assert copy.org_id == tenant.org_id
    assert history(tenant, copy.id) == history(tenant, tenant.project_id)
    with tenancy.project_scope(tenant.actor, copy.id) as access:
        assert plans.list_claims(access) == []
        assert b'"m1.s1.ms1"' in plans.read_plan(access).document
    with tenant_scope(tenant.org_id):
        kinds = Event.objects.filter(project_id=copy.id).values_list("kind", flat=True)
        assert list(kinds) == ["project.imported"]
    tenancy.archive_project(tenant.actor, tenant.project_id)
    other = tenancy.duplicate_project(tenant.actor, tenant.project_id, title="B")
    assert (other.title, other.archived_at) == ("B", None)


def test_roles_decide(tenant: Tenant) -> None:
    viewer = tenancy.actor_for_person(add_person(tenant, project_role="viewer"))
    data = io.BytesIO()
    tenancy.export_project(viewer, tenant.project_id, target=data)
    outside = tenancy.actor_for_person(add_person(tenant))
    with pytest.raises(Forbidden):
        tenancy.export_project(outside, tenant.project_id, target=io.BytesIO())
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    with pytest.raises(Forbidden):
        tenancy.export_organization(admin, tenant.org_id, target=io.BytesIO())
    with pytest.raises(Forbidden):
        tenancy.delete_organization(
            admin, tenant.org_id, name="Ada's organization", receipt=uuid4()
        )


def test_by_the_api(tenant: Tenant, stranger: Tenant) -> None:
    client = Client()
    mine = {"Authorization": f"Bearer {tenant.key}"}
    theirs = {"Authorization": f"Bearer {stranger.key}"}
    address = f"/api/projects/{tenant.project_id}"
    out = client.get(f"{address}/export", headers=mine)
    assert out.status_code == 200
    assert out["Content-Type"] == "application/zip"
    assert out["Content-Disposition"].endswith(f'"project-{tenant.project_id}.zip"')
    assert client.get(f"{address}/export", headers=theirs).status_code == 404

    def push(data: bytes, query: str = "") -> Any:
        return client.post(f"/api/projects/import{query}", data, "application/zip", headers=theirs)

    assert push(out.content).json()["code"] == "copy_needed"
    data = elsewhere(out.content)
    first = push(data)
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert first["Location"] == f"/api/projects/{first.json()['project']['id']}"
    second = push(data)
    assert (second.status_code, second.json()["created"], second.json()["rows"]) == (200, False, 0)
    assert push(data, "?as_copy=true").status_code == 201
    assert push(b"hello").status_code == 422
    assert push(data, f"?org_id={tenant.org_id}").status_code == 404

    made = client.post(f"{address}/duplicate", {"title": "Two"}, "application/json", headers=mine)
    assert (made.status_code, made.json()["title"], made.json()["revision"]) == (201, "Two", 27)


def test_an_organization_ends_after_its_export(
    tenant: Tenant, stranger: Tenant, owner_sql: psycopg.Connection
) -> None:
    client = Client()
    _, secret = make_key(tenant.person, org_id=tenant.org_id)
    add_person(tenant, project_role="viewer")
    mine = {"Authorization": f"Bearer {tenant.key}"}
    address = f"/api/orgs/{tenant.org_id}"
    name = "Ada's organization"

    def end(headers: dict[str, str] = mine, **query: object) -> Any:
        return client.delete(address, query_params=query, headers=headers)

    early = end(name=name, receipt=uuid4())
    assert (early.status_code, early.json()["code"]) == (409, "export_needed")
    out = client.get(f"{address}/export", headers=mine)
    assert out.status_code == 200
    receipt = out["BR-Export-Receipt"]
    parts = members(out.content)
    assert json.loads(parts["manifest.json"])["receipt"] == receipt
    assert parts["plans_revision.jsonl"].count(b"\n") == 27
    assert b"key_hash" not in parts["tenancy_apikey.jsonl"]
    assert b"@example.test" not in parts["tenancy_project.jsonl"]

    assert end(name="Ada", receipt=receipt).json()["code"] == "name_differs"
    strange = end({"Authorization": f"Bearer {stranger.key}"}, name=name, receipt=receipt)
    assert strange.status_code == 404
    assert end(name=name).status_code == 422
    other = tenancy.export_organization(stranger.actor, stranger.org_id, target=io.BytesIO())
    assert end(name=name, receipt=other.receipt).json()["code"] == "export_needed"

    theirs = count_of(stranger.org_id)
    assert end(name=name, receipt=receipt).status_code == 204
    assert count_of(tenant.org_id) == {}
    assert count_of(stranger.org_id) == theirs
    assert client.get("/api/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert client.get(address, headers=mine).status_code == 404
    with tenant_scope(PLATFORM):
        event = Event.objects.get(kind="organization.deleted", subject=str(tenant.org_id))
        assert event.data["name"] == name
        assert event.data["projects"] == 1


def count_of(org_id: UUID) -> dict[str, int]:
    """Rows by table, as the organization's own scope shows them."""
    found = {}
    with tenant_scope(org_id):
        for model in apps.get_models():
            if issubclass(model, Row) and model.tenant_column and "SELECT" in model.web_grants:
                number = model.objects.count()
                if number:
                    found[model.__name__] = number
    return found


def test_the_function_itself_asks_who_is_asking(tenant: Tenant, stranger: Tenant) -> None:
    from django.db import ProgrammingError, connection, transaction

    for scope, org_id, person in (
        (stranger.org_id, tenant.org_id, tenant.person.id),
        (tenant.org_id, tenant.org_id, stranger.person.id),
    ):
        with (
            pytest.raises(ProgrammingError, match="only an owner"),
            transaction.atomic(),
            tenant_scope(scope),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT tenancy_delete_organization(%s, %s)", [org_id, person])


@pytest.mark.usefixtures("commits")
class TestForReal:
    """With transactions that end: the way a server runs it."""

    def test_an_export_is_of_one_moment(self, commits: None) -> None:
        made = make_tenant(plan=small_plan())
        data = exported(made)
        manifest = json.loads(members(data)["manifest.json"])
        assert manifest["members"]["plans_revision.jsonl"]["rows"] == 1
        other = make_tenant(name="Grace")
        done = brought_in(other, elsewhere(data))
        assert done.project.revision == 1
        copy = tenancy.duplicate_project(other.actor, done.project.id)
        assert copy.revision == 1
