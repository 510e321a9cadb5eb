"""The pages that export, import, duplicate and delete."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Tenant, make_tenant, small_plan
from kits.visitor import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


def test_a_project_goes_out_and_stands_beside(tenant: Tenant, visitor: Client) -> None:
    home = f"/projects/{tenant.project_id}/settings"
    shown = visitor.get(home).content.decode()
    assert f"{home}/export" in shown
    assert f"{home}/duplicate" in shown
    out = visitor.get(f"{home}/export")
    assert out["Content-Disposition"] == f'attachment; filename="project-{tenant.project_id}.zip"'
    data = b"".join(out)
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()

    assert "Engine (copy)" in visitor.get(f"{home}/duplicate").content.decode()
    empty = visitor.post(f"{home}/duplicate", {"title": " "})
    assert empty.status_code == 422
    made = visitor.post(f"{home}/duplicate", {"title": "Second"})
    assert made.status_code == 303
    assert "Second" in visitor.get(made["Location"]).content.decode()

    assert "File of an export" in visitor.get("/projects/import").content.decode()
    for file, words in (
        (SimpleUploadedFile("a.zip", data), "stood here already"),
        (SimpleUploadedFile("a.zip", b"hello"), "This is no archive"),
    ):
        answer = visitor.post("/projects/import", {"file": file}, follow=True)
        assert words in answer.content.decode()
    copied = visitor.post(
        "/projects/import", {"file": SimpleUploadedFile("a.zip", data), "as_copy": "on"}
    )
    assert copied.status_code == 303
    assert str(tenant.project_id) not in copied["Location"]
    assert visitor.post("/projects/import", {}).status_code == 422


def test_an_organization_goes_only_after_its_export(tenant: Tenant, visitor: Client) -> None:
    home = f"/orgs/{tenant.org_id}/settings"
    assert f"{home}/delete" in visitor.get(home).content.decode()
    name = "Ada's organization"
    early = visitor.post(f"{home}/delete", {"name": name})
    assert early.status_code == 409
    assert "Export the organization first" in early.content.decode()
    assert b"manifest.json" in b"".join(visitor.get(f"{home}/export"))
    assert "within the last day" in visitor.get(f"{home}/delete").content.decode()
    assert visitor.post(f"{home}/delete", {"name": "Eve"}).status_code == 422
    gone = visitor.post(f"{home}/delete", {"name": name}, follow=True)
    assert "is deleted." in gone.content.decode()
    assert tenancy.organizations_of(tenant.person.id) == []
    assert visitor.get(home).status_code == 404
