"""Files under comments: what is taken, what is refused, and that nobody else gets or runs them."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.http import HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.errors import AttachmentRefused
from buildrunner.server.domains.discussion.models import Attachment, AttachmentPiece
from buildrunner.server.domains.discussion.rules import files
from buildrunner.server.domains.entitlements.rules import catalogue
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import DomainError
from factories import Api, Tenant, add_person, make_key, make_tenant
from kits.attached import PNG, docx, huge_png, jpeg, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment(api: Api, tenant: Tenant) -> str:
    made = api.post("/api/comments", {"project_id": str(tenant.project_id), "body": "See below"})
    return f"/api/comments/{made.json()['id']}"


def send(api: Api, comment: str, name: str, data: bytes) -> HttpResponse:
    return api.call("POST", f"{comment}/attachments?name={name}", raw=data)


def test_a_file_comes_back_as_it_was_sent_and_only_as_a_download(api: Api, comment: str) -> None:
    data = ("line\n" * 30_000).encode()
    made = send(api, comment, "trace.log", data)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["size"], told["media_type"]) == (len(data), "text/plain; charset=utf-8")
    assert api.get(comment).json()["attachments"] == [told]
    answer = api.get(told["url"])
    assert answer.content == data
    headers = {name: answer.headers[name] for name in answer.headers}
    assert headers["Content-Disposition"] == 'attachment; filename="trace.log"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.png", PNG, "image/png"),
        ("a.JPG", jpeg(), "image/jpeg"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/><a href="#x"/></svg>',
         "image/svg+xml"),
        ("a.pdf", pdf(), "application/pdf"),
        ("a.pdf", pdf(packed=b"4 0 <</Type/Page>>"), "application/pdf"),
        ("a.docx", docx(), files._OFFICE["docx"]),
        ("a.docx", docx({"word/printerSettings1.bin": b"x"}), files._OFFICE["docx"]),
        ("a.docx", docx({"word/_rels/document.xml.rels":
                         b'<Relationship Type="http://x/hyperlink" TargetMode="External"/>'}),
         files._OFFICE["docx"]),
        ("a.md", b"Use `<script>` here", "text/plain; charset=utf-8"),
    ],
)  # fmt: skip
def test_what_is_taken(name: str, data: bytes, media_type: str) -> None:
    assert files.checked_file(name, data).media_type == media_type


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">%s</svg>'
ACTIVE: list[tuple[str, bytes]] = [
    *(
        ("a.svg", (SVG % inside).encode())
        for inside in (
            "<script>alert(1)</script>",
            "<g onclick='alert(1)'/>",
            "<a href='javascript:alert(1)'/>",
            "<a xlink:href=' java\nscript:alert(1)'/>",
            "<image href='https://evil.example/x.png'/>",
            "<use href='data:image/svg+xml;base64,PHN2Zz4='/>",
            "<foreignObject><body/></foreignObject>",
            "<style>@import url(https://evil.example)</style>",
            "<g style='fill:url(https://evil.example)'/>",
            "<style>*{background:\\75rl(x)}</style>",
            "<a><animate attributeName='href' to='javascript:alert(1)'/></a>",
            "<set attributeName='xlink:href' to='javascript:alert(1)'/>",
        )
    ),
    ("a.svg", b'<?xml-stylesheet href="x.xsl"?>' + (SVG % "").encode()),
    ("a.svg", b'<!DOCTYPE svg [<!ENTITY x "<script/>">]>' + (SVG % "&x;").encode()),
    ("a.svg", b"<html><script>alert(1)</script></html>"),
    ("a.svg", b"<svg"),
    ("a.txt", b"<!-- x --><html><script>alert(1)</script>"),
    ("a.md", b"  <!doctype html>"),
    ("a.csv", b"<svg onload=alert(1)>"),
    *(
        ("a.pdf", pdf(body))
        for body in (
            b"5 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj",
            b"5 0 obj<</S/Java#53cript/#4aS(1)>>endobj",
            b"5 0 obj<</S/Launch/F(cmd.exe)>>endobj",
            b"5 0 obj<</S/SubmitForm>>endobj",
            b"5 0 obj<</Type/EmbeddedFile>>stream\nx\nendstream endobj",
            b"5 0 obj<</XFA 6 0 R>>endobj",
            b"trailer<</Encrypt 7 0 R>>",
            b"5 0 obj<</Type/ObjStm/Filter/LZWDecode>>stream\nx\nendstream endobj",
        )
    ),
    ("a.pdf", pdf(packed=b"4 0 <</S/JavaScript/JS(app.alert(1))>>")),
    ("a.pdf", pdf(packed=b"4 0 <</S/#4aavaScript>>")),
    *(
        ("a.docx", docx(parts))
        for parts in (
            {"word/vbaProject.bin": b"x"},
            {"word/activeX/activeX1.xml": b"<x/>"},
            {"word/embeddings/oleObject1.bin": b"x"},
            {"word/_rels/settings.xml.rels":
             b'<Relationship Type="http://x/attachedTemplate" Target="http://evil.example"'
             b' TargetMode="External"/>'},
            {"word/footer1.xml": b"<w:instrText>DD</w:instrText><w:instrText>EAUTO c</w:instrText>"},
            {"word/footer1.xml": b'<w:fldSimple w:instr=" DDEAUTO c:\\\\x "/>'},
            {"word/x.xml": b"<!DOCTYPE x>"},
        )
    ),
    ("a.xlsx", docx()),
    ("a.docx", b"PK\x03\x04 but no archive"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), ACTIVE)
def test_what_acts_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        files.checked_file(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", b"x"),
        ("a.exe", b"MZ"),
        ("a.js", b"1"),
        ("a", b"x"),
        ("a.png", jpeg()),
        ("a.png", b"<script>"),
        ("a.png", huge_png()),
        ("a.pdf", b"%!PS"),
        ("a.txt", b"\x00"),
        ("a.txt", b"\xff\xfe<\x00h\x00"),
        ("a.txt", b""),
        ("a.txt", b"x" * (files.LARGEST + 1)),
    ],
)
def test_what_is_something_else_or_too_large_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        files.checked_file(name, data)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(AttachmentRefused, match="more than can be looked through"):
        files.checked_file("a.docx", docx({"word/x.xml": b"\x20" * (80 * 1024 * 1024)}))
    with pytest.raises(AttachmentRefused, match="more than can be looked through"):
        files.checked_file("a.pdf", pdf(packed=b" " * (80 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ('a"\r\nSet-Cookie: x=1;.txt', 'a" Set-Cookie: x=1;.txt'),
        ("ex\u202etxt.exe\u202c.txt", "extxt.exe.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("....", "file"),
        ("\u200b", "file"),
    ],
)
def test_names_are_only_names(name: str, kept: str) -> None:
    assert files.safe_name(name) == kept


@given(st.text(max_size=400))
def test_no_name_leaves_its_place(name: str) -> None:
    kept = files.safe_name(name)
    assert 1 <= len(kept) <= 120
    assert not {"/", "\\", "\n", "\r", "\x00"} & set(kept)


@given(st.sampled_from(files.ALLOWED), st.binary(max_size=300))
def test_no_bytes_at_all_make_it_stumble(ending: str, data: bytes) -> None:
    starts = {"pdf": b"%PDF-", "svg": b"<svg>", "docx": b"PK\x03\x04", "png": PNG[:8]}
    for full in (data, starts.get(ending, b"\xff\xd8\xff") + data):
        with contextlib.suppress(AttachmentRefused):
            files.checked_file(f"a.{ending}", full)


def test_a_hostile_name_runs_nowhere(api: Api, tenant: Tenant, comment: str) -> None:
    made = send(api, comment, "%3Cimg src=x onerror=alert(1)%3E%22%0d%0aX-Evil:1.txt", b"x")
    answer = api.get(made.json()["url"])
    assert "X-Evil" not in answer.headers
    assert "\n" not in answer.headers["Content-Disposition"]


def test_strangers_get_no_file_by_any_address(api: Api, tenant: Tenant, comment: str) -> None:
    other = make_tenant()
    mine = send(api, comment, "a.txt", b"secret").json()
    stranger = Api(other.key)
    theirs = stranger.post(
        "/api/comments", {"project_id": str(other.project_id), "body": "x"}
    ).json()["id"]
    inside = add_person(tenant, org_role="member")  # of the organization, without the project
    for caller in (stranger, Api(), Api(make_key(inside)[1])):
        assert caller.get(mine["url"]).status_code in (401, 403, 404)
        assert caller.delete(mine["url"]).status_code in (401, 403, 404)
        assert send(caller, comment, "b.txt", b"x").status_code in (401, 403, 404)
    # The id of a file under another comment's address finds nothing.
    assert stranger.get(f"/api/comments/{theirs}/attachments/{mine['id']}").status_code == 404
    assert api.get(mine["url"]).status_code == 200


def test_another_project_of_the_same_organization_reaches_no_file(
    api: Api, tenant: Tenant, comment: str
) -> None:
    mine = send(api, comment, "a.txt", b"secret").json()
    second = tenancy.create_project(tenant.actor, title="Second", org_id=tenant.org_id)
    guest = add_person(tenant)
    tenancy.set_project_member(tenant.actor, second.id, person_id=guest.id, role="pm")
    caller = Api(make_key(guest)[1])
    here = caller.post("/api/comments", {"project_id": str(second.id), "body": "x"}).json()["id"]
    assert caller.get(mine["url"]).status_code in (403, 404)
    assert caller.get(f"/api/comments/{here}/attachments/{mine['id']}").status_code == 404


def test_only_who_wrote_a_comment_puts_files_under_it(
    api: Api, tenant: Tenant, comment: str
) -> None:
    mate = Api(make_key(add_person(tenant, project_role="contributor"))[1])
    refused = send(mate, comment, "a.txt", b"x")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_author")
    mine = send(api, comment, "a.txt", b"x").json()
    assert mate.get(mine["url"]).content == b"x"
    assert mate.delete(mine["url"]).status_code == 403
    assert api.delete(mine["url"]).status_code == 204
    assert api.get(mine["url"]).json()["code"] == "attachment_absent"


def test_a_deleted_comment_keeps_no_file(api: Api, tenant: Tenant, comment: str) -> None:
    mine = send(api, comment, "a.txt", b"x").json()
    assert api.delete(comment).status_code == 204
    assert api.get(mine["url"]).status_code == 404
    with tenant_scope(tenant.org_id):
        assert not Attachment.objects.exists()
        assert not AttachmentPiece.objects.exists()


def test_a_comment_has_ten_files_and_no_eleventh(api: Api, comment: str) -> None:
    for number in range(files.MOST):
        assert send(api, comment, f"{number}.txt", b"x").status_code == 201
    assert send(api, comment, "more.txt", b"x").json()["code"] == "too_many_attachments"


def test_a_tier_has_only_so_much_room(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    tier = catalogue.tiers()["self_hosted"]
    monkeypatch.setitem(tier.limits, "storage", 10)
    made = discussion.write_comment(
        tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="x",
        files=[("a.txt", b"12345678")],
    )  # fmt: skip
    with pytest.raises(DomainError) as refusal:
        discussion.attach_file(tenant.actor, made.id, name="b.txt", data=b"123")
    assert refusal.value.code == "quota_exceeded"
    assert refusal.value.extensions["limit_name"] == "storage"
    assert (refusal.value.extensions["limit"], refusal.value.extensions["used"]) == (10, "8")


def test_where_a_file_is_refused_nothing_is_said(tenant: Tenant) -> None:
    with pytest.raises(AttachmentRefused):
        discussion.write_comment(
            tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="x",
            files=[("a.txt", b"fine"), ("b.svg", b"<svg onload='x'/>")],
        )  # fmt: skip
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        assert discussion.list_comments(tenant.actor, access) == []


def test_files_are_in_the_export_of_the_organization(tenant: Tenant) -> None:
    discussion.write_comment(
        tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="x",
        files=[("a.txt", b"kept")],
    )  # fmt: skip
    target = io.BytesIO()
    tenancy.export_organization(tenant.actor, tenant.org_id, target=target)
    with zipfile.ZipFile(target) as archive:
        lines: dict[str, list[dict[str, Any]]] = {
            name: [json.loads(line) for line in archive.read(name).splitlines()]
            for name in archive.namelist()
            if "discussion_attachment" in name
        }
    assert len(lines) == 2
    assert any("a2VwdA==" in str(rows) for rows in lines.values())
