"""What the command palette finds: projects by title, entries of one plan by id and words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from buildrunner.server.domains.plans.web.outline import Outline, Row
from buildrunner.server.domains.plans.web.reading import outline_of
from buildrunner.server.domains.tenancy.facade import list_projects, project_scope
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in

PROJECTS, ENTRIES = 8, 12
LOOKED_AT = 500
LONGEST = 200

Item = dict[str, str]


@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """`{items: [{section, title, detail, href, glyph?}]}` for the words `q`, best first.

    `project` names the plan to look into; one that the visitor does not see adds nothing.
    """
    actor = signed_in(request)
    words = request.GET.get("q", "")[:LONGEST].casefold().split()
    items: list[Item] = []
    if words:
        project_id = _uuid(request.GET.get("project"))
        if project_id is not None:
            try:
                with project_scope(actor, project_id, "plan.read") as access:
                    outline = outline_of(access)
            except DomainError:
                outline = None
            if outline is not None:
                items += _entries(outline, words, f"/projects/{project_id}/plan/items/")
        fitting = [
            project
            for project in list_projects(actor, limit=LOOKED_AT)
            if all(word in project.title.casefold() for word in words)
        ]
        items += [
            {"section": "Project", "title": one.title, "detail": "", "href": f"/projects/{one.id}"}
            for one in fitting[:PROJECTS]
        ]
    return JsonResponse({"items": items})


def _entries(outline: Outline, words: list[str], base: str) -> list[Item]:
    """An id that is typed in full comes first, then ids and titles, then other words."""
    ranked: list[tuple[int, int, Any]] = []
    whole = " ".join(words)
    for number, entry in enumerate(outline.entries.values()):
        name = entry.id.casefold()
        shown = f"{name} {entry.title.casefold()}"
        if name == whole:
            rank = 0
        elif all(word in shown for word in words):
            rank = 1 if name.startswith(whole) else 2
        elif isinstance(entry, Row) and all(word in entry.haystack for word in words):
            rank = 3
        else:
            continue
        ranked.append((rank, number, entry))
    ranked.sort(key=lambda one: one[:2])
    return [_item(entry, base) for _, _, entry in ranked[:ENTRIES]]


def _item(entry: Any, base: str) -> Item:
    item = {
        "section": "In this plan",
        "title": entry.title,
        "detail": entry.id,
        "href": f"{base}{entry.path}",
    }
    if isinstance(entry, Row):
        item["glyph"] = entry.status
    return item


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
