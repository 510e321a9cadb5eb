"""The ledger's pages: search, one record with its proof, exports, policy."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from buildrunner.ledger import checkpoint
from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import PersonKey
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, add_person
from factories.ledgers import emit_many, seal


@pytest.fixture
def pages(client: Client, tenant: Tenant) -> Client:
    client.force_login(tenant.person)
    return client


@pytest.fixture
def base(tenant: Tenant) -> str:
    emit_many(tenant.org_id, 60, actor=tenant.actor, revision=1, note="Ask Ada")
    seal(tenant)
    return f"/orgs/{tenant.org_id}/ledger"


def numbers(page: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"data-nav[^>]*>([\d,]+)<", page)]


def test_newest_first_and_older_behind(pages: Client, base: str) -> None:
    first = pages.get(base).content.decode()
    shown = numbers(first)
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 50
    older = re.search(r'href="([^"]*before=\d+[^"]*)"', first)
    assert older
    more = numbers(pages.get(older[1].replace("&amp;", "&")).content.decode())
    assert more[0] == shown[-1] - 1
    assert more[-1] == 1


def test_filters_stand_in_the_address(pages: Client, tenant: Tenant, base: str) -> None:
    def count(**query: str) -> int:
        return len(numbers(pages.get(base, query).content.decode()))

    assert count(entity="m1.s7") == 1
    assert count(entity="nothing") == 0
    assert count(action="plan.*") == 50
    assert count(action="project.") == count(action="project.created") == 1
    assert count(actor=tenant.person.name, entity="m1.s7") == 1
    assert count(actor=tenant.person.email, entity="m1.s7") == 1
    assert count(actor=str(tenant.person.id), entity="m1.s7") == 1
    assert count(project=str(tenant.project_id)) >= 1
    today = datetime.now(UTC).date()
    assert count(**{"from": str(today - timedelta(1)), "to": str(today), "entity": "m1.s7"}) == 1
    assert count(to=str(today - timedelta(2))) == 0
    wrong = pages.get(base, {"from": "tomorrow"}).content.decode()
    assert "Write a day" in wrong
    assert "Newest records" in pages.get(base, {"before": "20"}).content.decode()


def test_included_only_when_it_was_verified(
    pages: Client, tenant: Tenant, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No checkpoint covers it yet" in pages.get(f"{base}/3").content.decode()
    assert pages.post(f"{base}/checkpoint").status_code == 303
    page = pages.get(f"{base}/3").content.decode()
    assert "Included and verified" in page
    assert "br audit verify" in page
    from buildrunner.ledger import merkle

    monkeypatch.setattr(merkle, "inclusion_proof", lambda *_: [bytes(32)])
    assert "Proof does not verify" in pages.get(f"{base}/3").content.decode()


def test_files_of_the_page_verify(pages: Client, tenant: Tenant, base: str) -> None:
    made = audit.make_checkpoint(tenant.actor, tenant.org_id)
    answer = pages.get(f"{base}/checkpoints/{made.size}")
    note = checkpoint.read(answer.content.decode())
    for address in ("export.jsonl", "export.csv", "export.jsonl?redact=true"):
        answer = pages.get(f"{base}/{address}")
        lines = b"".join(answer.streaming_content).splitlines(keepends=True)  # type: ignore[attr-defined]
        report = verify(lines, checkpoints=[note])
        assert report.ok, report.finding
        assert bool(report.disclosures) != ("redact" in address)


def test_a_policy_that_hides_people(pages: Client, tenant: Tenant, api: Api, base: str) -> None:
    assert f">{tenant.person.name}</span>" in pages.get(base, {"entity": "m1.s7"}).content.decode()
    body = {"audit_retention_days": "90", "redact_names": "1", "redact": "name, email"}
    saved = pages.post(f"{base}/settings", body, follow=True).content.decode()
    assert "is saved" in saved
    policy = api.get(f"/api{base}/settings").json()
    assert policy == {
        "audit_retention_days": 90, "redact_names": True, "redact": ["name", "email"],
    }  # fmt: skip
    shown = pages.get(base, {"entity": "m1.s7"}).content.decode()
    table = shown.partition("<tbody>")[2].partition("</tbody>")[0]
    assert tenant.person.name not in table
    assert str(tenant.person.id) in table
    record = api.get(f"/api{base}?entity=m1.s7").json()["items"][0]
    assert "name" not in record["actor"]
    assert record["data"]["note"] == "Ask Ada", "a member that the policy does not name"
    assert record["withheld"] == 1
    piece = audit.export_piece(tenant.actor, tenant.org_id)
    report = verify(piece.lines.splitlines(keepends=True))
    assert report.ok
    assert report.withheld
    assert report.disclosures


@pytest.mark.parametrize("days", ["29", "2556", "", "x"])
def test_limits_of_retention(pages: Client, base: str, days: str) -> None:
    body = {"audit_retention_days": days, "redact": "*"}
    assert "30 to 2,555" in pages.post(f"{base}/settings", body, follow=True).content.decode()


def test_settings_by_api(api: Api, base: str) -> None:
    assert api.get(f"/api{base}/settings").json() == {
        "audit_retention_days": 365, "redact_names": False, "redact": ["*"],
    }  # fmt: skip
    changed = api.patch(f"/api{base}/settings", {"audit_retention_days": 2555})
    assert changed.json()["audit_retention_days"] == 2555
    assert api.patch(f"/api{base}/settings", {"audit_retention_days": 7}).status_code == 422
    assert api.patch(f"/api{base}/settings", {"redact": ["a b"]}).status_code == 422
    assert api.get(f"/api{base}?action=ledger.settings_changed").status_code == 200


def test_only_those_who_may_read(client: Client, tenant: Tenant, base: str) -> None:
    client.force_login(add_person(tenant, project_role="contributor"))
    assert client.get(base).status_code == 403
    assert client.get(f"{base}/3").status_code == 403
    assert client.get(f"{base}/export.jsonl").status_code == 403


def test_the_beginning_teaches(client: Client, tenant: Tenant) -> None:
    client.force_login(tenant.person)
    page = client.get(f"/orgs/{tenant.org_id}/ledger").content.decode()
    assert "Nothing is sealed yet" in page
    assert "br audit checkpoint" in page


def test_withheld_is_said(pages: Client, tenant: Tenant, base: str) -> None:
    with tenant_scope(tenant.org_id):
        PersonKey.objects.filter(person=str(tenant.person.id)).delete()
    assert "withheld: of somebody erased" in pages.get(f"{base}/7").content.decode()
