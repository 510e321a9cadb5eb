"""What a project's policy calls personal is left out of its records: in views, exports and sends."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.plans import facade as plans
from factories import Api, Tenant, make_tenant, small_plan
from factories.ledgers import seal

NAMES = "version: 1\naudit: {redact_pii: true, redact: [names]}\n"
ASKED = "version: 1\naudit: {redact: [names]}\n"
OFF = "version: 1\naudit: {redact_pii: false}\n"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


def rule(tenant: Tenant, text: str) -> None:
    governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=[governance.ANY])
    move(tenant)
    seal(tenant)


def move(tenant: Tenant) -> None:
    plans.change_plan(
        tenant.actor, tenant.project_id, edits=[plans.SetEdit(["m1"], "title", "Otherwise")]
    )


def shown(tenant: Tenant) -> dict[str, bool]:
    """Whether the newest record of the project, and of the organization, names its actor."""
    found = audit.find_records(tenant.actor, tenant.org_id, audit.Filters(), limit=200)
    told = {}
    for entry in reversed(found):
        told["project" if entry.project_id else "organization"] = "name" in entry.actor
    return told


def disclosures(tenant: Tenant, *, redact: bool) -> int:
    piece = audit.export_piece(tenant.actor, tenant.org_id, redact=redact)
    report = verify(piece.lines.splitlines(keepends=True))
    assert report.ok, report.finding
    return report.disclosures


def test_a_policy_hides_people_from_everybody(tenant: Tenant) -> None:
    seal(tenant)
    assert shown(tenant) == {"project": True, "organization": True}
    before = disclosures(tenant, redact=False)
    rule(tenant, NAMES)
    assert shown(tenant) == {"project": False, "organization": True}
    assert disclosures(tenant, redact=False) < before
    rule(tenant, OFF)
    assert shown(tenant) == {"project": True, "organization": True}


def test_redaction_obeys_the_stricter_of_both(tenant: Tenant) -> None:
    audit.change_settings(tenant.actor, tenant.org_id, redact=["email"])
    seal(tenant)
    lax = disclosures(tenant, redact=True)
    rule(tenant, ASKED)
    assert shown(tenant)["project"]  # nobody asked
    assert disclosures(tenant, redact=True) < lax < disclosures(tenant, redact=False)
    audit.change_settings(tenant.actor, tenant.org_id, redact=["*"])
    assert disclosures(tenant, redact=True) == 0


def test_one_record_too(tenant: Tenant) -> None:
    rule(tenant, NAMES)
    api = Api(tenant.key)
    listed: list[dict[str, Any]] = api.get(f"/api/orgs/{tenant.org_id}/ledger").json()["items"]
    seq = next(one["seq"] for one in listed if one["project_id"])
    entry, _ = audit.get_record(tenant.actor, tenant.org_id, seq)
    assert "name" not in entry.actor
