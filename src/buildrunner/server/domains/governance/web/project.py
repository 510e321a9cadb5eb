"""The page Governance of a project: what stands, what waits, one request, and the waivers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 50
RUNS = 15


@never_cache
@require_GET
def overview(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Widgets, the requests, and what checks found lately (`rule` narrows them)."""
    rule = request.GET.get("rule", "")[:64]
    state = request.GET.get("state", "open")
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        runs = governance.list_runs(access, limit=RUNS, rule=rule or None)
        context = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/governance",
            "settings": f"/projects/{project_id}/settings/governance",
            "seen": governance.overview(access),
            "state": state if state == "all" else "open",
            "requests": governance.list_requests(
                access, state=None if state == "all" else "open", limit=SHOWN
            ),
            "runs": runs,
            "numbers": governance.numbers_of(access, runs),
            "rule": rule,
        }
    return render(request, "governance/overview.html", context)


@never_cache
@require_GET
def change_request(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """One request, judged as things stand now."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read") as access:
        found = governance.read_request(access, number)
        policy = governance.current_policy(access)
        context = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/governance",
            "here": f"/projects/{project_id}/governance/requests/{number}",
            "detail": found,
            "one": found.request,
            "votes": [vote for vote in found.votes if not vote.stale],
            "stale": [vote for vote in found.votes if vote.stale],
            "mine": [vote for vote in found.votes if vote.person_id == actor.person_id],
            "decides": "approval.give" in access.permissions,
            "waives": "policy.manage" in access.permissions,
            "emergency": (policy.policy.get("emergency") or {}) if policy else {},
            "policy": policy,
        }
    return render(request, "governance/request.html", context)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """Approve, reject, take back, withdraw, or go past in an emergency."""
    actor = signed_in(request)
    head, note = request.POST.get("head", ""), request.POST.get("note", "")
    verb = request.POST.get("verb", "")
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "approve": (
            lambda: governance.approve(actor, project_id, number=number, head=head, note=note),
            "Your approval counts for this state of the change.",
        ),
        "reject": (
            lambda: governance.reject(actor, project_id, number=number, head=head, note=note),
            "The change is rejected until it is pushed to, or you take that back.",
        ),
        "take_back": (
            lambda: governance.take_back(actor, project_id, number=number),
            "Your vote is taken back.",
        ),
        "withdraw": (
            lambda: governance.withdraw_request(actor, project_id, number=number),
            "The request is withdrawn.",
        ),
        "bypass": (
            lambda: governance.bypass(
                actor, project_id, number=number, head=head, justification=note
            ),
            "The policy is passed over. Somebody else has to review that.",
        ),
    }
    if verb not in acts and request.method == "POST":
        raise Invalid("verb: one of " + ", ".join(acts), field="verb")
    act, words = acts.get(verb, acts["approve"])
    place = f"/projects/{project_id}/governance/requests/{number}"
    return _done(request, project_id, act, words, place)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, project_id: UUID, post_review_id: UUID) -> HttpResponse:
    """Look at an emergency afterwards."""
    actor = signed_in(request)
    return _done(
        request,
        project_id,
        lambda: governance.review_bypass(
            actor,
            project_id,
            review_id=post_review_id,
            outcome=request.POST.get("outcome", ""),
            note=request.POST.get("note", ""),
        ),
        "The review is on the record.",
        f"/projects/{project_id}/governance",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def waivers(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """All waivers; POST grants one."""
    actor = signed_in(request)
    place = f"/projects/{project_id}/governance/waivers"
    if request.method == "POST":
        return _done(
            request,
            project_id,
            lambda: governance.grant_waiver(
                actor,
                project_id,
                rule=request.POST.get("rule", ""),
                fingerprint=request.POST.get("fingerprint", ""),
                path=request.POST.get("path", ""),
                reason=request.POST.get("reason", ""),
                expires_at=_day(request.POST.get("expires", "")),
            ),
            "The waiver holds.",
            place,
        )
    with project_scope(actor, project_id, "plan.read") as access:
        context = {
            "project": get_project(access),
            "home": f"/projects/{project_id}/governance",
            "place": place,
            "waivers": governance.list_waivers(access, limit=200),
            "waives": "policy.manage" in access.permissions,
            "typed": request.GET,
            "day": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        }
    return render(request, "governance/waivers.html", context)


@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, project_id: UUID, waiver_id: UUID) -> HttpResponse:
    """Let the denial stand again."""
    actor = signed_in(request)
    return _done(
        request,
        project_id,
        lambda: governance.revoke_waiver(actor, project_id, waiver_id=waiver_id),
        "The waiver is revoked; what it set aside fails again.",
        f"/projects/{project_id}/governance/waivers",
    )


def _done(
    request: HttpRequest, project_id: UUID, act: Callable[[], Any], words: str, place: str
) -> HttpResponse:
    with project_scope(signed_in(request), project_id, "plan.read"):
        if request.method != "POST":  # somebody came back by the address
            return HttpResponseRedirect(place)
    try:
        act()
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, words)
    return HttpResponseRedirect(place, status=303)


def _day(text: str) -> datetime:
    """The end of a day, UTC."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Say until which day the waiver holds.", field="expires") from None
    return datetime.combine(found, time(23, 59, 59), UTC)
