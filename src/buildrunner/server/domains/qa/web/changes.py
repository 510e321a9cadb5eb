"""What the buttons of the Tests page do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.qa.web import pages
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_MOST_DIGITS = 6

View = Callable[..., HttpResponse]


def _posted(view: View) -> View:
    """For the address of a form: opened by hand it leads to the page that the form is on."""

    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def answer(
        request: HttpRequest, project_id: UUID, *, microstep_id: str, **named: UUID
    ) -> HttpResponse:
        if request.method == "POST":
            return view(request, project_id, microstep_id=microstep_id, **named)
        with project_scope(signed_in(request), project_id, "plan.read"):
            return HttpResponseRedirect(_place(project_id, microstep_id))

    return answer


@_posted
def sign_off(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """A person vouches for a criterion."""
    actor = signed_in(request)
    note = request.POST.get("note", "")
    try:
        made = qa.sign_off(
            actor,
            project_id,
            microstep_id=microstep_id,
            criterion=_number(request.POST.get("criterion", "")),
            note=note,
            seen=request.POST.get("seen") or None,
        )
    except (Conflict, Forbidden, Invalid) as refusal:
        return pages.show(
            request,
            actor,
            project_id,
            microstep_id,
            status=refusal.status,
            refused=refusal.detail,
            note=note,
        )
    messages.success(request, "Signed off. Your name and role stand beside the criterion.")
    return _back(project_id, made.microstep_id)


@_posted
def revoke(
    request: HttpRequest, project_id: UUID, sign_off_id: UUID, microstep_id: str
) -> HttpResponse:
    """A sign-off is taken back."""
    qa.revoke_sign_off(signed_in(request), project_id, sign_off_id=sign_off_id)
    messages.success(request, "The sign-off is revoked. What it proved needs proof again.")
    return _back(project_id, microstep_id)


@_posted
def quarantine(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """A flaky check is set aside."""
    actor = signed_in(request)
    days = _number(request.POST.get("days", ""))
    try:
        if days not in pages.SPANS:
            raise Invalid("Choose for how long.", field="days")
        made = qa.quarantine_check(
            actor,
            project_id,
            check_digest=request.POST.get("check", ""),
            reason=request.POST.get("reason", ""),
            until=timezone.now() + timedelta(days=days) - timedelta(seconds=1),
        )
    except (Conflict, Forbidden, Invalid) as refusal:
        return pages.show(
            request, actor, project_id, microstep_id, status=refusal.status, refused=refusal.detail
        )
    messages.success(request, f"{made.check_id} is set aside until {made.until:%-d %B, %H:%M} UTC.")
    return _back(project_id, microstep_id)


@_posted
def lift(
    request: HttpRequest, project_id: UUID, quarantine_id: UUID, microstep_id: str
) -> HttpResponse:
    """The check counts again."""
    qa.lift_quarantine(signed_in(request), project_id, quarantine_id=quarantine_id)
    messages.success(request, "The check counts again.")
    return _back(project_id, microstep_id)


@_posted
def rerun(request: HttpRequest, project_id: UUID, microstep_id: str) -> HttpResponse:
    """Those who run checks are asked to."""
    asked = qa.request_rerun(signed_in(request), project_id, microstep_ids=[microstep_id])
    messages.success(
        request,
        "Asked: runners and webhooks that follow this project hear of it. To run the checks "
        f"yourself, type: {asked.command}",
    )
    return _back(project_id, asked.microstep_ids[0])


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _place(project_id: UUID, microstep_id: str) -> str:
    return f"/projects/{project_id}/tests/items/{quote(microstep_id, safe='')}"


def _back(project_id: UUID, microstep_id: str) -> HttpResponse:
    return HttpResponseRedirect(_place(project_id, microstep_id), status=303)
