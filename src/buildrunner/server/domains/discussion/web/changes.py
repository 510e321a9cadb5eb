"""Forms that say something or change what was said; each leads back to where it came from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_http_methods

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, NotFound
from buildrunner.server.platform.ui.visitor import signed_in

View = Callable[..., HttpResponse]
_FOLLOWED = {
    "": "You hear of it where you take part.",
    "manual": "You hear of everything that is said here.",
    "muted": "You hear of it only where somebody mentions you.",
}


def _enter(request: HttpRequest, project_id: UUID) -> Actor:
    """Strangers get 404 whatever they send."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read"):
        return actor


def _form(view: View) -> View:
    """Takes a form; whoever types the address, or comes back to it after signing in, is led to the
    page instead."""

    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, project_id: UUID, **named: UUID) -> HttpResponse:
        if request.method == "POST":
            return view(request, project_id, **named)
        _enter(request, project_id)
        return HttpResponseRedirect(f"/projects/{project_id}/discussion")

    return answer


@_form
def say(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A comment, or an answer in a thread."""
    actor = _enter(request, project_id)
    kind, name = request.POST.get("type") or "project", request.POST.get("id", "")
    parent, mine = request.POST.get("parent", ""), request.POST.get("client_id", "")

    def act() -> discussion.CommentView:
        return discussion.write_comment(
            actor,
            project_id,
            entity_type=kind,
            entity_id=name,
            body=request.POST.get("body", ""),
            parent_id=UUID(parent) if parent else None,
            client_id=UUID(mine) if mine else None,
            files=_files(request),
        )

    if request.headers.get("BR-Live"):
        return _told(act)
    made = _try(request, act)
    narrowed = request.POST.get("narrowed") == "1"
    return _back(project_id, made, type=kind if narrowed else "", id=name if narrowed else "")


@_form
def edit(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Other words."""
    actor = _enter(request, project_id)
    body = request.POST.get("body", "")
    _try(request, lambda: discussion.edit_comment(actor, comment_id, body=body), "Changed.")
    return HttpResponseRedirect(f"/projects/{project_id}/discussion/{comment_id}")


@_form
def delete(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Take words back."""
    actor = _enter(request, project_id)
    _try(request, lambda: discussion.delete_comment(actor, comment_id), "Deleted.")
    return HttpResponseRedirect(f"/projects/{project_id}/discussion")


@_form
def settle(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Resolve a thread or open it again."""
    actor = _enter(request, project_id)
    opens = request.POST.get("verb") == "reopen"
    act = discussion.reopen_comment if opens else discussion.resolve_comment
    return _back(project_id, _try(request, lambda: act(actor, comment_id)))


@_form
def react(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Give a sign or take it back."""
    actor = _enter(request, project_id)
    emoji, added = request.POST.get("emoji", ""), request.POST.get("added") != "0"
    act = _try(request, lambda: discussion.react(actor, comment_id, emoji=emoji, added=added))
    return _back(project_id, act)


@_form
def promote(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Make a microstep of a comment."""
    actor = _enter(request, project_id)
    criteria = [line.strip() for line in request.POST.get("criteria", "").splitlines()]

    def act() -> tuple[str, int]:
        return discussion.promote_comment(
            actor,
            comment_id,
            step_id=request.POST.get("step_id", ""),
            title=request.POST.get("title", ""),
            criteria=[line for line in criteria if line],
        )

    made = _try(request, act)
    if made is None:
        return HttpResponseRedirect(f"/projects/{project_id}/discussion/{comment_id}")
    messages.success(request, f"It is microstep {made[0]} now.")
    return HttpResponseRedirect(f"/projects/{project_id}/plan/items/{made[0]}")


@_form
def follow(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Follow what is talked about, hear nothing of it, or leave it open."""
    actor = _enter(request, project_id)
    how = request.POST.get("how") or None
    subject = request.POST.get("subject", "")

    def act() -> None:
        notifications.choose_watch(actor, project_id, subject=subject, how=how)

    _try(request, act, _FOLLOWED.get(how or "", ""))
    kind, _, name = subject.partition(":")
    if kind == "comment":
        return HttpResponseRedirect(f"/projects/{project_id}/discussion/{_id(name)}")
    narrowed = kind != "project"
    return _back(project_id, None, type=kind if narrowed else "", id=name if narrowed else "")


@_form
def attach(request: HttpRequest, project_id: UUID, comment_id: UUID) -> HttpResponse:
    """Put files under one's comment."""
    actor = _enter(request, project_id)

    def act() -> None:
        for name, data in _files(request):
            discussion.attach_file(actor, comment_id, name=name, data=data)

    _try(request, act, "Attached.")
    return HttpResponseRedirect(f"/projects/{project_id}/discussion/{comment_id}")


@_form
def detach(
    request: HttpRequest, project_id: UUID, comment_id: UUID, attachment_id: UUID
) -> HttpResponse:
    """Delete a file."""
    actor = _enter(request, project_id)
    _try(request, lambda: discussion.detach_file(actor, comment_id, attachment_id), "Deleted.")
    return HttpResponseRedirect(f"/projects/{project_id}/discussion/{comment_id}")


def _files(request: HttpRequest) -> list[tuple[str, bytes]]:
    """What was chosen; of what is too large only so much that it is seen to be."""
    chosen = request.FILES.getlist("files")
    return [(one.name or "file", one.read(discussion.LARGEST + 1)) for one in chosen if one.size]


def _told(act: Callable[[], discussion.CommentView]) -> HttpResponse:
    """For the page's own script: what was made of it, or why nothing."""
    try:
        made = act()
    except DomainError as refusal:
        return JsonResponse({"detail": refusal.detail}, status=refusal.status)
    except ValueError:
        return JsonResponse({"detail": "This thread is not there any more."}, status=422)
    return JsonResponse({"id": str(made.id)}, status=201)


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("There is no such comment.") from None


def _try(request: HttpRequest, act: Callable[[], Any], done: str = "") -> Any:
    """Carry an action out; a refusal becomes a message, absence stays absence."""
    try:
        made = act()
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return None
    except ValueError:
        messages.error(request, "This thread is not there any more.")
        return None
    if done:
        messages.success(request, done)
    return made


def _back(project_id: UUID, made: discussion.CommentView | None, **query: str) -> HttpResponse:
    kept = urlencode({key: value for key, value in query.items() if value})
    mark = f"#c-{made.id}" if made else ""
    where = f"/projects/{project_id}/discussion{'?' if kept else ''}{kept}{mark}"
    return HttpResponseRedirect(where)
