"""Settings → Governance: the policy as text, what is wrong with it, and its history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.policy.roles import BUILT_IN
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.governance.rules.differences import differences
from buildrunner.server.domains.governance.rules.starter import STARTER
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in

VERSIONS = 30


@never_cache
@require_http_methods(["GET", "POST"])
def editor(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The policy in force; POST saves the next version."""
    actor = signed_in(request)
    if request.method == "GET":
        return _show(request, actor, project_id)
    text = _text(request)
    try:
        saved = governance.save_policy(
            actor,
            project_id,
            text=text,
            message=request.POST.get("message", ""),
            expected=[request.POST["expected"]] if request.POST.get("expected") else None,
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        return _show(request, actor, project_id, typed=text, trouble=refusal)
    messages.success(request, f"Version {saved.number} is in force.")
    return _home(project_id)


@require_http_methods(["GET", "POST"])
def findings(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What is wrong with the text as it is typed."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        writes = "policy.manage" in access.permissions
    if request.method == "GET":
        return _home(project_id, status=302)
    found = governance.validate(_text(request), "policy.yml")
    context = {"found": found, "writes": writes, "swapped": True}
    return render(request, "governance/parts/findings.html", context)


@require_http_methods(["GET", "POST"])
def simulate(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What the recorded changes would be under the text."""
    actor = signed_in(request)
    text = _text(request)
    try:
        with project_scope(actor, project_id, "plan.read") as access:
            if request.method == "GET":
                return _home(project_id, status=302)
            found = governance.simulate(access, text)
    except governance.PolicyInvalid as refusal:
        return _show(request, actor, project_id, typed=text, trouble=refusal)
    return _show(request, actor, project_id, typed=text, tried=found)


@never_cache
@require_GET
def version(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """One version beside the one before, and beside the one in force."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        one = governance.policy_version(access, number)
        current = governance.current_policy(access)
        before = governance.policy_version(access, number - 1) if number > 1 else None
        writes = "policy.manage" in access.permissions
    with_current = request.GET.get("with") == "current" and current is not None
    other = current if with_current else before
    lines = differences(
        one.text if with_current else other.text if other else "",
        current.text if with_current and current else one.text,
    )
    context = {
        "project_id": project_id,
        "home": f"/projects/{project_id}/settings/governance",
        "one": one,
        "current": current,
        "with_current": with_current,
        "lines": lines,
        "writes": writes,
    }
    return render(request, "governance/version.html", context)


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
    """Put it in force again."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read"):
        if request.method == "GET":
            return _home(project_id, status=302)
    try:
        saved = governance.restore_policy(
            actor, project_id, number=number, expected=[request.POST.get("expected", "")]
        )
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, f"Version {saved.number} is in force, with what {number} said.")
    return _home(project_id)


def _show(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    *,
    typed: str | None = None,
    trouble: DomainError | None = None,
    tried: governance.Simulation | None = None,
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        current = governance.current_policy(access)
        versions = governance.policy_versions(access, limit=VERSIONS)
        writes = "policy.manage" in access.permissions
    text = typed if typed is not None else current.text if current else STARTER
    context: dict[str, Any] = {
        "project_id": project_id,
        "home": f"/projects/{project_id}/settings/governance",
        "current": current,
        "versions": versions,
        "text": text,
        "found": governance.validate(text, "policy.yml"),
        "writes": writes,
        "trouble": trouble,
        "tried": tried,
        "roles": BUILT_IN,
        "expected": request.POST.get("expected") or (current.etag if current else ""),
        "rows": min(max(text.count("\n") + 3, 16), 40),
    }
    status = trouble.status if trouble else 200
    return render(request, "governance/editor.html", context, status=status)


def _home(project_id: UUID, *, status: int = 303) -> HttpResponse:
    return HttpResponseRedirect(f"/projects/{project_id}/settings/governance", status=status)


def _text(request: HttpRequest) -> str:
    """Browsers send CRLF; files of a repository have LF."""
    return request.POST.get("text", "").replace("\r\n", "\n")
