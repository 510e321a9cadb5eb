"""Pages of agents' runs: who worked, from which commit to which, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.ui.visitor import signed_in

SHOWN = 50
_STATES = (("", "All"), ("open", "Working"), ("ended", "Ended"), ("lost", "Lost"))
_TONES = {"open": "notice", "ended": "positive", "lost": "caution"}
_ICONS = {"open": "activity", "ended": "circle-check", "lost": "unplug"}
_WORDS = {"open": "Working", "ended": "Ended", "lost": "Lost"}


@dataclass(frozen=True, slots=True)
class Line:
    """A run as a row."""

    view: workbench.RunView
    who: str
    tone: str
    icon: str
    words: str
    took: str

    @classmethod
    def of(cls, view: workbench.RunView) -> Line:
        """What is said of a run."""
        return cls(
            view=view,
            who=str(view.actor.get("name") or "Somebody"),
            tone=_TONES[view.state],
            icon=_ICONS[view.state],
            words=_WORDS[view.state],
            took=_span(((view.ended_at or view.seen_at) - view.started_at).total_seconds()),
        )


@never_cache
@require_GET
def runs(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The runs of a project, newest first; the address holds what is looked at."""
    asked = request.GET.get("state", "")
    state = asked if asked in dict(_STATES) else ""
    agent, before = _uuid(request.GET.get("agent", "")), _uuid(request.GET.get("before", ""))
    with project_scope(signed_in(request), project_id, "event.read") as access:
        found = workbench.list_runs(
            access, agent=agent, state=state or None, before=before, limit=SHOWN + 1
        )
        project = get_project(access)
    lines = [Line.of(view) for view in found[:SHOWN]]
    kept = {"agent": str(agent)} if agent else {}
    older = ""
    if len(found) > SHOWN:
        older = "?" + urlencode(
            kept | ({"state": state} if state else {}) | {"before": str(found[SHOWN - 1].id)}
        )
    context = {
        "project": project,
        "base": f"/projects/{project_id}/timeline",
        "lines": lines,
        "older": older,
        "one_agent": lines[0].who if agent and lines else "",
        "of_one": bool(agent),
        "choices": [
            (words, "?" + urlencode(kept | ({"state": name} if name else {})), name == state)
            for name, words in _STATES
        ],
    }
    return render(request, "workbench/runs.html", context)


@never_cache
@require_GET
def run(request: HttpRequest, project_id: UUID, run_id: UUID) -> HttpResponse:
    """One run and what it did."""
    with project_scope(signed_in(request), project_id, "event.read") as access:
        story = workbench.read_run(access, run_id)
        places = workbench.Places(access)
        project = get_project(access)
    plan = f"/projects/{project_id}/plan/items/"

    def items(names: list[str]) -> list[tuple[str, str, str]]:
        return [(one, places.title(one), plan + quote(one, safe="")) for one in names]

    # A microstep says more than the step and milestone above it.
    changed = [one for one in story.changed if len(places.below.get(one, ())) <= 1]
    context: dict[str, Any] = {
        "project": project,
        "base": f"/projects/{project_id}/timeline",
        "history": f"/projects/{project_id}/history",
        "line": Line.of(story.run),
        "story": story,
        "parts": [
            ("Holds now", items(story.holds)),
            ("Took", items(story.claimed)),
            ("Changed", items(changed or story.changed)),
            ("Brought evidence for", items(story.evidence)),
            ("Commented on", items([one for one in story.commented if one])),
            ("Freed at the end", items(story.run.freed)),
        ],
        "who_lane": urlencode({"lanes": "agent", "who": f"agent:{_lane(story.run.actor)}"}),
    }
    return render(request, "workbench/run.html", context)


def _lane(actor: dict[str, Any]) -> str:
    """As the Timeline calls the lane of an actor that works with a key."""
    return str(actor.get("label") or actor.get("id") or actor.get("name") or "")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
