"""The Tests page, one microstep of it, and one record."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.qa.web import lines
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.http.pagination import decode_cursor, encode_cursor
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 60
RECORDS = 30

Context = dict[str, Any]


@never_cache
@require_GET
def tests(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Every microstep with its criteria, by `state` and `milestone`, from the one `after`."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        context = _context(access)
        try:
            proof = qa.Survey(access)
        except plans.PlanAbsent:
            return render(request, "qa/tests.html", context | {"proof": None})
        wanted = request.GET.get("state", "")
        wanted = wanted if wanted in lines.FILTERS else ""
        milestone = request.GET.get("milestone", "")
        milestones = {one.milestone_id: one.milestone for one in proof.lines}
        milestone = milestone if milestone in milestones else ""
        inside = [one for one in proof.lines if milestone in ("", one.milestone_id)]
        fitting = [one for one in inside if lines.fits(one, wanted)]
        start = _start(request, fitting)
        names = [one.microstep_id for one in fitting[start : start + SHOWN]]
        shown = qa.with_histories(access, proof.details(names))
        following = fitting[start + SHOWN - 1].microstep_id if len(fitting) > start + SHOWN else ""
        context |= {
            "proof": proof,
            "filters": lines.filter_counts(inside, wanted),
            "wanted": wanted,
            "milestone": milestone,
            "milestones": milestones,
            "lines": [lines.line_of(one) for one in shown],
            "found": len(fitting),
            "first": start == 0,
            "untouched": not qa.list_evidence(access, limit=1),
            "query": urlencode({k: v for k, v in {"milestone": milestone}.items() if v}),
            "next": urlencode(
                {
                    **({"state": wanted} if wanted else {}),
                    **({"milestone": milestone} if milestone else {}),
                    "after": following,
                }
            )
            if following
            else "",
            "examples": [one.microstep_id for one in proof.lines[:1]],
        }
        return render(request, "qa/tests.html", context)


@never_cache
@require_GET
def microstep(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """One microstep: its criteria, what was signed, and every run."""
    return show(request, signed_in(request), project_id, microstep_id)


def show(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    microstep_id: str,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The page of a microstep."""
    with project_scope(actor, project_id, "plan.read") as access:
        proof = qa.project_proof(access, microstep_id=microstep_id)
        found = proof.microsteps[0]
        cursor = request.GET.get("before") if request.method == "GET" else None
        before = UUID(str(decode_cursor(cursor, UUID)[0])) if cursor else None
        records = qa.list_evidence(
            access, microstep_id=found.microstep_id, before=before, limit=RECORDS + 1
        )
        aside = {
            check.digest: check.quarantine
            for criterion in found.criteria
            for check in criterion.checks
            if check.quarantine
        }
        context = _context(access) | {
            "proof": proof,
            "line": lines.line_of(found),
            "records": records[:RECORDS],
            "outcomes": lines.OUTCOMES,
            "older": encode_cursor(records[RECORDS - 1].id) if len(records) > RECORDS else None,
            "signed": qa.sign_offs(access, microstep_id=found.microstep_id),
            "quarantined": aside.values(),
            "flaky": _flaky(found),
            "me": actor.person_id,
            "spans": SPANS.items(),
            **extra,
        }
        return render(request, "qa/microstep.html", context, status=status)


@never_cache
@require_GET
def record(request: HttpRequest, project_id: UUID, address: str) -> HttpResponse:
    """One record: what ran, what it printed, who vouches for it."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        found = qa.read_evidence(access, address)
        context = _context(access) | {
            "view": found.view,
            "record": found.record,
            "outcome": lines.OUTCOMES[found.view.outcome],
            "whole": json.dumps(found.record, indent=2, ensure_ascii=False),
        }
        return render(request, "qa/record.html", context)


# Days: words. The first is what the form proposes.
SPANS = {7: "7 days", 1: "One day", 3: "3 days", 14: "14 days", 30: "30 days"}


def _context(access: ProjectAccess) -> Context:
    return {
        "project": get_project(access),
        "base": f"/projects/{access.project_id}/tests",
        "plan_base": f"/projects/{access.project_id}/plan",
        "may_sign": "evidence.sign_off" in access.permissions,
        "may_report": "evidence.write" in access.permissions,
        "may_manage": "project.manage" in access.permissions,
        "public_url": settings.BR_PUBLIC_URL,
    }


def _start(request: HttpRequest, fitting: list[qa.SurveyLine]) -> int:
    after = request.GET.get("after", "")
    names = [one.microstep_id for one in fitting]
    return names.index(after) + 1 if after in names else 0


def _flaky(found: qa.MicrostepProof) -> list[qa.CheckState]:
    """Its flaky checks that are not set aside, each once."""
    checks = {
        check.digest: check
        for criterion in found.criteria
        for check in criterion.checks
        if check.flaky and check.quarantine is None
    }
    return list(checks.values())
