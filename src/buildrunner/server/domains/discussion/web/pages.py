"""What was said in a project, thread by thread, and one comment with what may be done to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.document import walk

SHOWN = 30
STATES = {"": None, "open": False, "resolved": True}


@never_cache
@require_GET
def threads(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Threads, newest first: of the project, or of what `type` and `id` name."""
    actor = signed_in(request)
    kind, name = _about(request)
    words, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    with project_scope(actor, project_id, "plan.read") as access:
        found = discussion.list_threads(
            actor,
            access,
            entity_type=kind,
            entity_id=name,
            resolved=STATES.get(state),
            words=words,
            before=_uuid(request.GET.get("before")),
            limit=SHOWN + 1,
        )
        context = _frame(actor, access) | {
            "threads": found[:SHOWN],
            "elsewhere": discussion.stands_elsewhere(access, kind, name) if kind else None,
            "watch": _watch(actor, access, kind or "project", name),
            "older": _older(request, found),
            "kind": kind or "project",
            "name": name,
            "narrowed": kind is not None,
            "words": words,
            "state": state if state in STATES else "",
            "issues": discussion.list_issues(access, entity_type=kind, entity_id=name),
        }
    return render(request, "discussion/discussion.html", context)


@never_cache
@require_GET
def one(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """A comment with its history and the forms that change it."""
    actor = signed_in(request)
    with (
        project_scope(actor, project_id, "plan.read"),
        discussion.comment_scope(actor, comment_id, "plan.read") as (access, row),
    ):
        first = row.parent_id or row.id
        context = _frame(actor, access) | {
            "comment": discussion.views(actor, access, [row])[0],
            "thread": discussion.list_threads(actor, access, only=first)[0],
            "watch": _watch(actor, access, "comment", str(first)),
            "history": discussion.comment_history(row),
            "mine": row.person_id == actor.person_id,
            "removes": row.person_id == actor.person_id or "project.manage" in access.permissions,
            "steps": _steps(access) if "comment.promote" in access.permissions else [],
        }
    return render(request, "discussion/comment.html", context)


@never_cache
@require_GET
def fragment(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """What a page lacks when something was said: one answer, or of a first comment its thread.

    The query is that of the page; a thread that does not belong there is answered with 204.
    """
    actor = signed_in(request)
    kind, name = _about(request)
    with project_scope(actor, project_id, "plan.read") as access:
        row = discussion.find_comment(access, comment_id)
        context = _frame(actor, access) | {
            "kind": kind or "project",
            "name": name,
            "narrowed": kind is not None,
        }
        if row.parent_id is not None:
            context["answer"] = discussion.views(actor, access, [row])[0]
            return render(request, "discussion/parts/answer.html", context)
        found = discussion.list_threads(
            actor,
            access,
            entity_type=kind,
            entity_id=name,
            resolved=STATES.get(request.GET.get("state", "")),
            words=request.GET.get("q", "")[:200],
            only=row.id,
        )
        if not found:
            return HttpResponse(status=204)
        return render(request, "discussion/parts/thread.html", context | {"thread": found[0]})


@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The words as they would be shown; without any, nothing."""
    with project_scope(signed_in(request), project_id, "plan.read"):
        shown = discussion.render(request.POST.get("body", "")[:20_000])
    return render(request, "discussion/parts/preview.html", {"shown": shown})


def _frame(actor: Actor, access: ProjectAccess) -> dict[str, Any]:
    return {
        "project": get_project(access),
        "base": f"/projects/{access.project_id}/discussion",
        "speaks": "comment.write" in access.permissions,
        "lets_in": "member.manage" in access.permissions,
        "me": str(actor.person_id),
        "my_name": actor.name,
        "emoji": discussion.EMOJI,
        "accept": discussion.ACCEPT,
    }


def _watch(actor: Actor, access: ProjectAccess, kind: str, name: str) -> dict[str, str]:
    """What can be followed here, and how the visitor does."""
    subject = discussion.subject_of(access.project_id, kind, name)
    held = notifications.watches_of(actor, access.project_id, subject=subject, limit=1)
    return {"subject": subject, "how": held[0].how if held else ""}


def _about(request: HttpRequest) -> tuple[str | None, str]:
    kind = request.GET.get("type", "")
    return (
        (kind, request.GET.get("id", "")[:512]) if kind in discussion.ENTITY_TYPES else (None, "")
    )


def _older(request: HttpRequest, threads: list[discussion.Thread]) -> str:
    if len(threads) <= SHOWN:
        return ""
    kept = {key: value for key, value in request.GET.items() if key != "before"}
    return urlencode(kept | {"before": str(threads[SHOWN - 1].first.id)})


def _steps(access: ProjectAccess) -> list[tuple[str, str]]:
    if not plans.read_head(access).revision:
        return []
    found = walk(plans.read_plan(access).plan())
    return [(one.id, str(one.value.get("title") or "")) for one in found if one.kind == "step"]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
