"""The Workbench: what somebody works on, one microstep of it, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import (
    MemberView,
    ProjectAccess,
    get_project,
    project_scope,
)
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

Context = dict[str, Any]
_SHOWN = 5
_FLASHED = (400, 403, 404, 409, 422)


@never_cache
@require_GET
def bench(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """My microsteps, or with `person` those of somebody else."""
    return _page(request, signed_in(request), project_id, "")


@never_cache
@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """One microstep beside the bench; POST does `act`: start, renew, done, release, hand or link."""
    actor = signed_in(request)
    if request.method == "GET":
        return _page(request, actor, project_id, microstep_id)
    with project_scope(actor, project_id, "plan.read"):
        pass
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise DomainError("The form names no act: start, renew, done, release, hand or link.")
    try:
        words = act(request, actor, project_id, microstep_id)
    except (plans.NotProven, plans.TransitionRefused) as refusal:
        return _page(
            request, actor, project_id, microstep_id, status=409, refused=refusal.refused[0]
        )
    except DomainError as refusal:
        if refusal.status not in _FLASHED or isinstance(refusal, plans.EntityAbsent):
            raise
        return _page(
            request, actor, project_id, microstep_id, status=refusal.status, problem=refusal.detail
        )
    messages.success(request, words)
    return HttpResponseRedirect(_address(project_id, microstep_id), status=303)


def _address(project_id: UUID, microstep_id: str) -> str:
    return f"/projects/{project_id}/workbench/items/{quote(microstep_id, safe='')}"


# -- what buttons do --


def _start(_: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    claim = workbench.start_work(actor, project_id, microstep_id=microstep_id)
    return f"Started. It is yours until {claim.expires_at:%H:%M} UTC; renew the claim to keep it."


def _renew(_: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    claim = plans.claim_microstep(actor, project_id, microstep_id=microstep_id)
    return f"Renewed: it is yours until {claim.expires_at:%H:%M} UTC."


def _done(_: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    saved = workbench.finish_work(actor, project_id, microstep_id=microstep_id)
    return "Done. The policy lets it pass without proof." if saved.warnings else "Done and proven."


def _release(_: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    plans.release_claim(actor, project_id, microstep_id=microstep_id)
    return "Released: others may take it."


def _hand(request: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    try:
        to = UUID(request.POST.get("to", ""))
    except ValueError:
        raise DomainError("Choose to whom.") from None
    workbench.hand_over(actor, project_id, microstep_id=microstep_id, to=to)
    return "Handed over: the claim is released and the owner is told by the plan."


def _link(request: HttpRequest, actor: Actor, project_id: UUID, microstep_id: str) -> str:
    workbench.add_link(
        actor,
        project_id,
        microstep_id=microstep_id,
        url=request.POST.get("url", ""),
        title=request.POST.get("title", ""),
    )
    return "The link is in the plan."


_ACTS: dict[str, Callable[[HttpRequest, Actor, UUID, str], str]] = {
    "start": _start,
    "renew": _renew,
    "done": _done,
    "release": _release,
    "hand": _hand,
    "link": _link,
}


# -- the page --


def _page(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    microstep_id: str,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        people = workbench.colleagues(access)
        member = _member(request, access, actor, people)
        context = _context(access, actor, people, member) | extra
        try:
            found = workbench.bench_of(access, member)
        except plans.PlanAbsent:
            return render(request, "workbench/mine.html", context, status=status)
        chosen = microstep_id or (found.mine[0].id if found.mine else "")
        context |= {"bench": found, "chosen": chosen}
        if chosen:
            context |= _detail(access, actor, chosen)
        return render(request, "workbench/mine.html", context, status=status)


def _member(
    request: HttpRequest, access: ProjectAccess, actor: Actor, people: list[MemberView]
) -> MemberView:
    """Whose bench: the visitor's, or for those who lead the project that of `person`."""
    wanted = request.GET.get("person", "")
    if wanted and wanted != str(actor.person_id):
        access.require("project.manage")
        found = [one for one in people if str(one.person_id) == wanted]
        if not found:
            raise NotFound("Nobody of that id takes work in this project.")
        return found[0]
    mine = [one for one in people if one.person_id == actor.person_id]
    if mine:
        return mine[0]
    from django.utils import timezone

    return MemberView(actor.person_id or UUID(int=0), "", actor.name, "viewer", timezone.now())


def _context(
    access: ProjectAccess, actor: Actor, people: list[MemberView], member: MemberView
) -> Context:
    base = f"/projects/{access.project_id}"
    return {
        "project": get_project(access),
        "base": f"{base}/workbench",
        "plan_base": f"{base}/plan",
        "tests_base": f"{base}/tests",
        "public_url": settings.BR_PUBLIC_URL,
        "may_take": "claim.take" in access.permissions and "plan.write" in access.permissions,
        "may_write": "plan.write" in access.permissions,
        "may_look": "project.manage" in access.permissions,
        "people": people,
        "member": member,
        "own": member.person_id == actor.person_id,
        "me": actor.person_id,
    }


def _detail(access: ProjectAccess, actor: Actor, microstep_id: str) -> Context:
    detail = workbench.item_detail(access, microstep_id)
    held = [c for c in plans.list_claims(access) if c.microstep_id == detail.item.id]
    claim = held[0] if held else None
    criteria = [(one, qa.STATE_SIGNS[one.state]) for one in detail.proof.criteria]
    proven = sum(one.state in ("passed", "signed_off") for one, _ in criteria)
    return {
        "detail": detail,
        "item": detail.item,
        "criteria": criteria,
        "proven": proven,
        "claim": claim,
        "held_by_me": claim is not None and claim.person_id == actor.person_id,
        "path": quote(detail.item.id, safe=""),
        "place": _address(access.project_id, detail.item.id),
        "next_command": next(
            (one.next_command for one, _ in criteria if one.next_command and one.state != "passed"),
            "",
        ),
        "chains": detail.item.waits_for[:_SHOWN],
    }
