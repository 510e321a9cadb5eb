"""What was said, and the files under it, in a project's archive: out, in again, beside."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from buildrunner.server.config import gates
from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.errors import NotTheAuthor
from buildrunner.server.domains.discussion.models import Attachment, AttachmentPiece
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.entitlements.rules import catalogue
from buildrunner.server.domains.metering.facade import QuotaExceeded
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.actions import export_project
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.archive import ArchiveInvalid
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, make_tenant
from kits.attached import PNG

pytestmark = pytest.mark.django_db
LOG = ("line\n" * 30_000).encode()


@pytest.fixture
def thread(tenant: Tenant) -> UUID:
    """A thread with an edit, a reaction, an answer, a deleted answer, and two files."""
    say = {"entity_type": "project", "entity_id": ""}
    first = discussion.write_comment(
        tenant.actor,
        tenant.project_id,
        body="Who checks dates?",
        files=[("trace.log", LOG), ("a.png", PNG)],
        **say,
    )
    discussion.edit_comment(tenant.actor, first.id, body="Who checks *dates*, @nobody?")
    discussion.react(tenant.actor, first.id, emoji="👀")
    for words in ("I do", "Forget it"):
        answer = discussion.write_comment(
            tenant.actor, tenant.project_id, body=words, parent_id=first.id, **say
        )
    discussion.delete_comment(tenant.actor, answer.id)
    discussion.resolve_comment(tenant.actor, first.id)
    return first.id


def exported(tenant: Tenant) -> bytes:
    target = io.BytesIO()
    tenancy.export_project(tenant.actor, tenant.project_id, target=target)
    return target.getvalue()


def told(tenant: Tenant, project_id: UUID) -> list[Any]:
    """Threads and files as a reader sees them, but for ids."""
    with tenancy.project_scope(tenant.actor, project_id, "plan.read") as access:
        threads = discussion.list_threads(tenant.actor, access)
    found: list[Any] = []
    for thread in threads:
        for one in (thread.first, *thread.answers):
            files = [
                (file.name, file.media_type, file.size, file.sha256, file.width)
                for file in one.attachments
            ]
            bodies = [
                hashlib.sha256(
                    discussion.read_attachment(tenant.actor, one.id, file.id)[1]
                ).hexdigest()
                for file in one.attachments
            ]
            assert bodies == [file[3] for file in files]
            found.append(
                (
                    one.body,
                    one.body_html,
                    one.created_at,
                    one.deleted,
                    one.resolved_at,
                    one.author["name"],
                    [(sign.emoji, sign.count) for sign in one.reactions],
                    one.mentions,
                    sorted(files),
                )
            )
    return found


@pytest.mark.usefixtures("thread")
def test_talk_and_files_come_with_an_archive(tenant: Tenant) -> None:
    before = told(tenant, tenant.project_id)
    assert len(before) == 3
    assert len(before[0][-1]) == 2
    data = exported(tenant)
    here = tenancy.import_project(tenant.actor, io.BytesIO(data), org_id=tenant.org_id)
    assert not here.created
    other = make_tenant(name="Elsewhere")
    copy = tenancy.import_project(
        other.actor, io.BytesIO(data), org_id=other.org_id, as_copy=True
    ).project
    assert told(other, copy.id) == before


def test_a_duplicate_keeps_them_and_what_comes_along_is_nobodys(
    tenant: Tenant, thread: UUID
) -> None:
    copy = tenancy.duplicate_project(tenant.actor, tenant.project_id)
    assert told(tenant, copy.id) == told(tenant, tenant.project_id)
    with tenancy.project_scope(tenant.actor, copy.id, "plan.read") as access:
        made = discussion.list_threads(tenant.actor, access)[0].first
    assert made.id != thread
    assert made.author["imported"]
    with pytest.raises(NotTheAuthor):
        discussion.edit_comment(tenant.actor, made.id, body="Mine?")
    discussion.reopen_comment(tenant.actor, made.id)
    discussion.delete_comment(tenant.actor, made.id)
    assert discussion.write_comment(
        tenant.actor,
        copy.id,
        entity_type="project",
        entity_id="",
        body="Further",
        parent_id=made.id,
    )


def test_what_was_taken_back_since_is_missed_by_nobody(tenant: Tenant, thread: UUID) -> None:
    data = exported(tenant)
    discussion.react(tenant.actor, thread, emoji="👀", added=False)
    with tenant_scope(tenant.org_id):
        file = Attachment.objects.filter(name="a.png").values_list("id", flat=True)[0]
    discussion.detach_file(tenant.actor, thread, file)
    again = tenancy.import_project(tenant.actor, io.BytesIO(data), org_id=tenant.org_id)
    assert not again.created


@pytest.mark.usefixtures("thread")
def test_an_archive_takes_the_newest_files_that_fit(tenant: Tenant) -> None:
    target = io.BytesIO()
    with tenancy.project_scope(tenant.actor, tenant.project_id, "plan.read"):
        manifest = export_project.write_project(
            target, tenant.project_id, title="x", most_files=len(PNG)
        )
    assert manifest["left_behind"] == {"discussion_attachment": 1}
    other = make_tenant(name="Elsewhere")
    copy = tenancy.import_project(other.actor, target, org_id=other.org_id, as_copy=True)
    files = [one[-1] for one in told(other, copy.project.id) if one[-1]]
    assert [[file[0] for file in one] for one in files] == [["a.png"]]


def test_files_need_room_where_they_come_to(tenant: Tenant, thread: UUID) -> None:
    gates.wire()
    data = exported(tenant)
    other = make_tenant(name="Elsewhere")
    entitlements.set_tier(SYSTEM, other.org_id, tier="free")
    limits = catalogue.tiers()["free"].limits
    kept = dict(limits)
    limits["storage"] = 1000
    try:
        with pytest.raises(QuotaExceeded):
            tenancy.import_project(other.actor, io.BytesIO(data), org_id=other.org_id, as_copy=True)
    finally:
        limits.update(kept)
    with tenant_scope(other.org_id):
        assert not Attachment.objects.exists()


def rewritten(data: bytes, table: str, change: Callable[[list[dict[str, Any]]], Any]) -> bytes:
    """The archive with a table changed, and a manifest that fits."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    rows = [json.loads(line) for line in parts[f"{table}.jsonl"].splitlines()]
    rows = change(rows) or rows
    parts[f"{table}.jsonl"] = b"".join(json.dumps(one).encode() + b"\n" for one in rows)
    return sealed(parts)


def sealed(parts: dict[str, bytes]) -> bytes:
    """An archive with a manifest that fits."""
    manifest = json.loads(parts["manifest.json"])
    manifest["members"] = {
        name: {"sha256": hashlib.sha256(part).hexdigest(), "rows": part.count(b"\n")}
        for name, part in parts.items()
        if name != "manifest.json"
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in {**parts, "manifest.json": json.dumps(manifest).encode()}.items():
            file.writestr(name, part)
    return target.getvalue()


def turned_svg(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The picture with something in it that acts, in one piece."""
    rows[-1]["data"] = base64.b64encode(b"<svg onload='alert(1)'/>").decode()
    return rows


def put(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[0].update(values)


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("discussion_comment", put(body=""), "1 to"),
        ("discussion_comment", put(body=" x "), "trimmed"),
        ("discussion_comment", put(entity_type="secret"), "stands nowhere"),
        ("discussion_comment", put(author={"kind": "person"}), "Who wrote"),
        ("discussion_comment", put(author=[]), "Who wrote"),
        ("discussion_comment", put(mentions=[{"kind": "user"}]), "names"),
        ("discussion_comment", put(resolved_by=None), "resolved by"),
        ("discussion_comment", lambda rows: rows[1:], "no thread"),
        ("discussion_comment", lambda rows: rows[:1] + rows[2:], None),
        ("discussion_commentedit", put(comment_id=str(UUID(int=7))), "hangs on none"),
        ("discussion_commentedit", put(body="x" * 20_001), "1 to"),
        ("discussion_reaction", put(emoji="💣"), "can be given"),
        ("discussion_attachment", put(name="../x.log"), "cannot be kept"),
        ("discussion_attachment", put(size=0), "not as it says"),
        ("discussion_attachment", put(media_type="text/html"), "another than"),
        ("discussion_attachment", put(comment_id=str(UUID(int=7))), "hangs on none"),
        ("discussion_attachmentpiece", turned_svg, "bytes that it names"),
        ("discussion_attachmentpiece", lambda rows: rows[1:], "missing"),
        ("discussion_attachmentpiece", lambda rows: rows[:-1], "missing"),
        ("discussion_attachmentpiece", lambda rows: [*rows, rows[0]], "missing|twice"),
        ("discussion_attachmentpiece", lambda rows: [*rows, rows[-1]], "missing|twice"),
    ],
)
@pytest.mark.usefixtures("thread")
def test_an_archive_that_says_otherwise_is_refused_as_a_whole(
    tenant: Tenant, table: str, change: Callable[[Any], Any], words: str | None
) -> None:
    data = rewritten(exported(tenant), table, change)
    other = make_tenant(name="Elsewhere")

    def bring() -> tenancy.ImportedProject:
        return tenancy.import_project(
            other.actor, io.BytesIO(data), org_id=other.org_id, as_copy=True
        )

    if words is None:
        assert bring().created
        return
    with pytest.raises(ArchiveInvalid, match=words):
        bring()
    with tenancy.organization_scope(other.actor, other.org_id):
        assert not AttachmentPiece.objects.exists()


@pytest.mark.usefixtures("thread")
def test_a_file_that_acts_does_not_come_in_however_it_is_described(tenant: Tenant) -> None:
    bad = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    made = {
        "name": "x.svg",
        "media_type": "image/svg+xml",
        "size": len(bad),
        "sha256": hashlib.sha256(bad).hexdigest(),
        "width": None,
        "height": None,
    }
    data = rewritten(exported(tenant), "discussion_attachment", lambda rows: rows[-1].update(made))
    data = rewritten(
        data,
        "discussion_attachmentpiece",
        lambda rows: rows[-1].update(data=base64.b64encode(bad).decode()),
    )
    other = make_tenant(name="Elsewhere")
    with pytest.raises(ArchiveInvalid, match="a handler onload"):
        tenancy.import_project(other.actor, io.BytesIO(data), org_id=other.org_id, as_copy=True)


@pytest.mark.usefixtures("thread")
def test_rows_cannot_be_hung_on_another_project(tenant: Tenant) -> None:
    """An archive that keeps its ids names a comment of a project that stands here already."""
    victim = discussion.write_comment(
        tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="Mine"
    )
    other = make_tenant(name="Elsewhere")
    discussion.write_comment(
        other.actor, other.project_id, entity_type="project", entity_id="", body="Theirs"
    )
    forged = rewritten(
        exported(other),
        "discussion_commentedit",
        lambda _: [
            {
                "id": str(uuid4()),
                "created_at": "2026-01-01T00:00:00Z",
                "comment_id": str(victim.id),
                "body": "I said something else",
            }
        ],
    )
    with pytest.raises(ArchiveInvalid, match="hangs on none"):
        tenancy.import_project(
            tenant.actor, io.BytesIO(under_new_ids(forged, victim.id)), org_id=tenant.org_id
        )


def under_new_ids(data: bytes, kept: UUID) -> bytes:
    """The archive with other ids, but for one: as if it came from another server."""
    new: dict[bytes, bytes] = {str(kept).encode(): str(kept).encode()}
    source = zipfile.ZipFile(io.BytesIO(data))
    parts = {
        name: re.sub(
            rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            lambda found: new.setdefault(found[0], str(uuid4()).encode()),
            source.read(name),
        )
        for name in source.namelist()
    }
    return sealed(parts)
