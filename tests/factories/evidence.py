"""Signed records of checks, and people who vouch for what has none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from buildrunner.evidence import signing
from buildrunner.evidence.checks import Check, checks_of, criteria_of
from buildrunner.evidence.record import EVIDENCE, SIGNOFF, criterion_member, sign
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.ids import resolve
from factories.tenants import Tenant, make_person

KEY = bytes(range(32))
TREE = "a" * 40
_MADE = iter(range(10**9))


def checked_plan(count: int = 1, *, criteria: int = 1) -> dict[str, Any]:
    """A plan with `count` microsteps of `criteria` criteria each, and a check for all of them."""
    return {
        "projectId": "p",
        "title": "P",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "M",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "S",
                        "checks": [{"id": "unit", "kind": "command", "run": "make test"}],
                        "microsteps": [
                            {
                                "id": f"m1.s1.ms{number}",
                                "title": f"Microstep {number}",
                                "status": "doing",
                                "criteria": [f"it holds {index}" for index in range(criteria)],
                            }
                            for number in range(1, count + 1)
                        ],
                    }
                ],
            }
        ],
    }


def make_record(
    plan: Mapping[str, Any],
    microstep_id: str = "m1.s1.ms1",
    *,
    criterion: int | None = 0,
    check: Check | None = None,
    key: bytes = KEY,
    runner: str = "local",
    **members: Any,
) -> dict[str, Any]:
    """A signed record of a microstep's first check that passed just now; `members` override."""
    entity = resolve(dict(plan), microstep_id)
    assert entity is not None
    texts = criteria_of(entity)
    text = entity.value["title"] if criterion is None else texts[criterion]
    found = check or checks_of(dict(plan), microstep_id)[0]
    # Each a little later than the one before, as in life.
    at = datetime.now(UTC) + timedelta(microseconds=next(_MADE))
    record: dict[str, Any] = {
        "type": EVIDENCE,
        "project": plan.get("projectId"),
        "microstep": microstep_id,
        "criterion": criterion_member(criterion, text),
        "check": {
            "id": found.id,
            "kind": found.kind,
            "digest": found.digest,
            "origin": found.origin,
        },
        "subject": {"paths": list(found.paths), "digest": "sha256:" + "b" * 64},
        "commit": "c" * 40,
        "tree": TREE,
        "dirty": False,
        "command": found.definition.get("run"),
        "exit": 0,
        "outcome": "passed",
        "reason": "",
        "started_at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "duration_ms": 1200,
        "output": {"digest": "sha256:" + "d" * 64, "bytes": 12, "excerpt": "3 passed in 1 s\n"},
        "runner": {"class": runner, "name": "laptop", "version": "1.0.0"},
    }
    record |= members
    return sign(record, key)


def failing(plan: Mapping[str, Any], microstep_id: str = "m1.s1.ms1", **members: Any) -> Any:
    """The same for a check that failed."""
    told = {"outcome": "failed", "exit": 1, "reason": "exit code 1", **members}
    return make_record(plan, microstep_id, **told)


def attested(plan: Mapping[str, Any], microstep_id: str = "m1.s1.ms1") -> dict[str, Any]:
    """A self-attestation from a workspace without a server."""
    entity = resolve(dict(plan), microstep_id)
    assert entity is not None
    return sign(
        {
            "type": SIGNOFF,
            "project": plan.get("projectId"),
            "microstep": microstep_id,
            "criterion": criterion_member(0, criteria_of(entity)[0]),
            "subject": None,
            "commit": None,
            "by": {"id": "ada@example.test", "name": "Ada", "role": "author"},
            "self_attested": True,
            "note": "",
            "at": "2026-01-01T00:00:00Z",
        },
        KEY,
    )


def public_key_id(key: bytes = KEY) -> str:
    """What the key of `make_record` is called."""
    return signing.key_id(signing.public_key(key))


def add_signer(actor: Actor, project_id: UUID, *, role: str = "qa") -> Actor:
    """Somebody else in the project who may sign off."""
    person = make_person(name=f"Grace the {role}")
    with tenancy.project_scope(actor, project_id) as access:
        org_id = access.org_id
    tenancy.set_org_member(actor, org_id, email=person.email, role="member")
    tenancy.set_project_member(actor, project_id, email=person.email, role=role)
    return tenancy.actor_for_person(person)


def vouch(actor: Actor, project_id: UUID, *microstep_ids: str) -> None:
    """Let somebody who had no part in them sign every criterion of these microsteps (all, if none
    is named), so that they may become done."""
    signer = add_signer(actor, project_id)
    with tenancy.project_scope(actor, project_id) as access:
        proof = qa.project_proof(access)
    for microstep in proof.microsteps:
        if microstep_ids and microstep.microstep_id not in microstep_ids:
            continue
        for criterion in microstep.criteria:
            qa.sign_off(
                signer,
                project_id,
                microstep_id=microstep.microstep_id,
                criterion=criterion.criterion,
            )


def prove(tenant: Tenant, *microstep_ids: str) -> None:
    """Report that every check of these microsteps passed, for each criterion."""
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        plan = plans.read_plan(access).plan()
        proof = qa.project_proof(access)
    records = [
        make_record(plan, microstep.microstep_id, criterion=criterion.criterion, check=check)
        for microstep in proof.microsteps
        if not microstep_ids or microstep.microstep_id in microstep_ids
        for criterion in microstep.criteria
        for check in checks_of(plan, microstep.microstep_id)
        if criterion.criterion is not None and check.covers(criterion.criterion)
    ]
    qa.take_evidence(tenant.actor, tenant.project_id, records=records)


def make_proof_rows(tenant: Tenant) -> dict[str, object]:
    """A row in every table of proof, whatever the tenant's plan: what their addresses name."""
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        empty = plans.read_head(access).revision == 0
        plan = checked_plan() if empty else plans.read_plan(access).plan()
    step = plan["milestones"][0]["steps"][0]
    if empty:
        plans.save_plan(tenant.actor, tenant.project_id, data=json.dumps(plan).encode())
    elif "checks" not in step:
        step["checks"] = [{"id": "unit", "kind": "command", "run": "make test"}]
        data = json.dumps(plan).encode()
        plans.save_plan(tenant.actor, tenant.project_id, data=data, expected=[plans.ANY])
    records = [make_record(plan), failing(plan)]
    taken = qa.take_evidence(tenant.actor, tenant.project_id, records=records)
    signer = add_signer(tenant.actor, tenant.project_id)
    signed = qa.sign_off(signer, tenant.project_id, microstep_id="m1.s1.ms1", criterion=0)
    aside = qa.quarantine_check(
        signer,
        tenant.project_id,
        check_digest=records[0]["check"]["digest"],
        reason="flaky",
        until=datetime.now(UTC) + timedelta(days=1),
    )
    return {
        "address": taken.addresses[0],
        "sign_off_id": signed.id,
        "quarantine_id": aside.id,
    }
