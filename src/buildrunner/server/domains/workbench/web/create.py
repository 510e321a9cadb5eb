"""The page Create: say what is wanted, look at what it would add, take what fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.domains.workbench.web.create_examples import EXAMPLES, KINDS
from buildrunner.server.domains.workbench.web.create_tree import tree_of
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.formats import IMPORTERS

MOST_BYTES = 1024 * 1024
SUFFIXES = (".md", ".markdown", ".txt", ".json", ".jsonl", ".csv", ".tsv", ".yaml", ".yml")
SHOWN = 20
_ANSWER = "answer."

View = Callable[..., HttpResponse]


@never_cache
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The form, what teaches it, and the drafts before; POST drafts and leads to the review."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "plan.read"):
        pass  # a stranger's file is not looked at
    refusal: DomainError | None = None
    typed = _typed(request)
    if request.method == "POST":
        try:
            by_model = request.POST.get("by") == "model"
            draft = workbench.draft_by_model if by_model else workbench.start_draft
            made = draft(actor, project_id, given=_given(request, typed))
        except DomainError as error:
            if error.status not in (402, 403, 413, 422, 502, 504):
                raise
            refusal = error
        else:
            return HttpResponseRedirect(f"{_base(project_id)}/{made.id}", status=303)
    return _form(request, actor, project_id, typed, refusal)


def _form(
    request: HttpRequest,
    actor: Actor,
    project_id: UUID,
    typed: dict[str, str],
    refusal: DomainError | None,
) -> HttpResponse:
    with project_scope(actor, project_id, "plan.read") as access:
        drafts = workbench.list_drafts(access, limit=SHOWN + 1)
        context = _context(access) | {
            "kinds": KINDS,
            "examples": EXAMPLES,
            "formats": [name for name in IMPORTERS if name != "json"],
            "suffixes": ",".join(SUFFIXES),
            "typed": typed,
            "refusal": refusal.detail if refusal else "",
            "field": _field(refusal) if refusal else "",
            "drafts": drafts[:SHOWN],
            "more": len(drafts) > SHOWN,
        }
    status = refusal.status if refusal else 200
    return render(request, "workbench/create.html", context, status=status)


@never_cache
@require_GET
def review(request: HttpRequest, project_id: UUID, draft_id: UUID) -> HttpResponse:
    """One draft beside its source: a tree to choose from, questions, assumptions."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        view = workbench.read_draft(access, draft_id)
        standing = workbench.standing_of(access, view) if view.state == "open" else None
        context = _context(access) | {
            "draft": view,
            "standing": standing,
            "moved": standing is not None and standing.revision != view.base_revision,
            "tree": tree_of(view, standing),
            "chosen": sum(not item["optional"] for item in view.content["items"]),
            "questions": view.content["questions"],
            "lines": list(enumerate(view.text.split("\n")[:2000], 1)) if view.text else [],
            "kind_words": dict(KINDS).get(view.kind, view.kind),
        }
    return render(request, "workbench/create_review.html", context)


@never_cache
@require_GET
def export(request: HttpRequest, project_id: UUID, draft_id: UUID) -> HttpResponse:
    """The draft as JSON."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        view = workbench.read_draft(access, draft_id)
    text = json.dumps(view.content, ensure_ascii=False, indent=2) + "\n"
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="draft-{draft_id}.json"'
    return answer


def _posted(view: View) -> View:
    """For the address of a form: opened by hand it leads to the draft."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, project_id: UUID, draft_id: UUID) -> HttpResponse:
        actor = signed_in(request)
        with project_scope(actor, project_id, "plan.read") as access:
            workbench.read_draft(access, draft_id)
        if request.method == "POST":
            return view(request, actor, project_id, draft_id)
        return HttpResponseRedirect(f"{_base(project_id)}/{draft_id}")

    return answer


@_posted
def answer(request: HttpRequest, actor: Actor, project_id: UUID, draft_id: UUID) -> HttpResponse:
    """Answers to questions; the draft is made anew."""
    given = {
        name.removeprefix(_ANSWER): str(value)
        for name, value in request.POST.items()
        if name.startswith(_ANSWER)
    }
    try:
        workbench.answer_draft(actor, project_id, draft_id, answers=given)
    except DomainError as refusal:
        return _refused(request, project_id, draft_id, refusal)
    messages.success(request, "Drafted anew.")
    return HttpResponseRedirect(f"{_base(project_id)}/{draft_id}", status=303)


@_posted
def accept(request: HttpRequest, actor: Actor, project_id: UUID, draft_id: UUID) -> HttpResponse:
    """The items whose boxes are checked go into the plan."""
    base = request.POST.get("base_revision", "")
    try:
        workbench.accept_items(
            actor,
            project_id,
            draft_id,
            items=request.POST.getlist("items"),
            base_revision=int(base) if base.isdecimal() and len(base) < 10 else None,
            whole=False,
        )
    except workbench.DraftMoved:
        workbench.answer_draft(actor, project_id, draft_id, answers={})
        messages.warning(
            request, "The plan changed meanwhile: this is the draft against the plan as it is now."
        )
        return HttpResponseRedirect(f"{_base(project_id)}/{draft_id}", status=303)
    except DomainError as refusal:
        return _refused(request, project_id, draft_id, refusal)
    return HttpResponseRedirect(f"{_base(project_id)}/{draft_id}", status=303)


@_posted
def discard(request: HttpRequest, actor: Actor, project_id: UUID, draft_id: UUID) -> HttpResponse:
    """The draft is put away."""
    try:
        workbench.discard_draft(actor, project_id, draft_id)
    except DomainError as refusal:
        return _refused(request, project_id, draft_id, refusal)
    messages.success(request, "The draft is discarded; it stays in the list.")
    return HttpResponseRedirect(_base(project_id), status=303)


def _refused(
    request: HttpRequest, project_id: UUID, draft_id: UUID, refusal: DomainError
) -> HttpResponse:
    if refusal.status == 404:
        raise refusal
    messages.error(request, refusal.detail)
    return HttpResponseRedirect(f"{_base(project_id)}/{draft_id}", status=303)


def _base(project_id: UUID) -> str:
    return f"/projects/{project_id}/create"


def _context(access: ProjectAccess) -> dict[str, Any]:
    return {
        "project": get_project(access),
        "base": _base(access.project_id),
        "plan_base": f"/projects/{access.project_id}/plan",
        "history": f"/projects/{access.project_id}/history",
        "may_write": "plan.write" in access.permissions,
        "may_ask": "model.use" in access.permissions,
    }


def _typed(request: HttpRequest) -> dict[str, str]:
    """What the form shows: what was typed, or an example that the address names."""
    if request.method == "POST":
        names = ("kind", "text", "format")
        return {name: request.POST.get(name, "") for name in names}
    example = EXAMPLES.get(request.GET.get("example", ""))
    kind = example.kind if example else request.GET.get("kind", "prompt")
    known = {name for name, _ in KINDS}
    return {
        "kind": kind if kind in known else "prompt",
        "text": example.text if example else "",
        "format": "",
    }


def _field(refusal: DomainError) -> str:
    """Whose fault it is: what was typed, or nothing on this page."""
    typed = "text" if isinstance(refusal, workbench.DraftRefused) else ""
    return str(refusal.extensions.get("field", typed))


def _given(request: HttpRequest, typed: dict[str, str]) -> workbench.DraftIn:
    """The input: a file where one was chosen, else the text."""
    kind = typed["kind"]
    if kind not in {name for name, _ in KINDS}:
        raise Invalid("Choose what the text is.", field="kind")
    text, name = typed["text"].replace("\r\n", "\n"), ""
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile) and file.size:
        name = (file.name or "").replace("\\", "/").rpartition("/")[2]
        text = _read(file, name)
        typed["text"] = typed["text"] or text
    if not text.strip():
        raise Invalid("Say what is to be built, or choose a file.", field="text")
    if kind == "tracker" and not name and not typed["format"]:
        raise Invalid("Choose the format: pasted text has no name to tell it by.", field="format")
    return workbench.DraftIn(kind, text, name, typed["format"] or None)


def _read(file: UploadedFile, name: str) -> str:
    if not name.lower().endswith(SUFFIXES):
        raise Invalid(
            f"{name} is no text file that is read here: {', '.join(SUFFIXES)}.", field="file"
        )
    if (file.size or 0) > MOST_BYTES:
        raise Invalid("The file is larger than 1 MB: draft from one part at a time.", field="file")
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{name} is not UTF-8 (byte {error.start:,}): save it as UTF-8.", field="file"
        ) from None
    return text
