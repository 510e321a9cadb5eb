"""The page Reconcile: the inbox of conflicts, what drifted, branches that meet, and clones."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from buildrunner.server.domains.tenancy.facade import get_project, project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.domains.workbench.web.reconcile_export import rows_of
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.ui.visitor import signed_in
from buildrunner.spec.drift import KINDS
from buildrunner.spec.values import ABSENT

# Of each kind so many are listed; of one that was asked for, and of conflicts, more.
SHOWN, SHOWN_ALONE, SHOWN_CONFLICTS = 10, 100, 50
_TITLES = {"conflict": "Conflicts", "branches_meet": "Branches that meet"}
_SHORT = {
    "field_contested": "Changed on both sides",
    "field_unsent": "Not sent",
    "field_behind": "Not taken",
    "check_failing": "Failing",
    "evidence_stale": "Stale",
    "done_unproven": "Unproven",
    "microstep_unknown": "Unknown ids",
    "file_unplanned": "Unplanned files",
    "claim_expired": "Expired claims",
    "work_idle": "Idle",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A kind to filter by."""

    name: str
    words: str
    count: int
    current: bool
    query: str


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one kind."""

    name: str
    title: str
    level: str
    mend: str
    count: int
    findings: list[workbench.Seen]
    more: str


@never_cache
@require_GET
def reconcile(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Everything that drifted, by `kind`, `milestone` and `clone`."""
    filters = _filters(request)
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        found = workbench.drifted(access, filters)
        context = {
            "project": get_project(access),
            "base": f"/projects/{project_id}/reconcile",
            "plan_base": f"/projects/{project_id}/plan",
            "history": f"/projects/{project_id}/history",
            "may_decide": "plan.write" in access.permissions,
            "found": found,
            "filters": filters,
            "query": _query(filters),
            "filtered": bool(_query(filters)),
            "chips": _chips(found, filters),
            "clones": _clones(found),
            "labels": _labels(found),
            "total": sum(found.kinds.values()),
            "clone_rows": [
                (one, max(0, found.revision - one.base_revision)) for one in found.reports
            ],
            "contested": [_card(each) for each in found.conflicts[:SHOWN_CONFLICTS]],
            "open": sum(each.choice is None for each in found.conflicts),
            "more_contested": max(0, len(found.conflicts) - SHOWN_CONFLICTS),
            "groups": _groups(request, found, filters),
        }
    return render(request, "workbench/reconcile.html", context)


def _filters(request: HttpRequest) -> workbench.Filters:
    return workbench.Filters(
        *(request.GET.get(name, "")[:250] for name in ("kind", "milestone", "clone"))
    )


def _query(filters: workbench.Filters, **changed: str) -> str:
    wanted = {**asdict(filters), **changed}
    return urlencode({name: value for name, value in wanted.items() if value})


def _chips(found: workbench.Drifted, filters: workbench.Filters) -> list[Chip]:
    total = sum(found.kinds.values())
    rows = [("", "All", total), *((name, _words(name), n) for name, n in found.kinds.items())]
    if filters.kind and filters.kind not in found.kinds:
        rows.append((filters.kind, _words(filters.kind), 0))
    return [
        Chip(name, words, count, name == filters.kind, _query(filters, kind=name))
        for name, words, count in rows
    ]


def _words(kind: str) -> str:
    return _TITLES.get(kind) or _SHORT.get(kind) or kind.replace("_", " ")


def _clones(found: workbench.Drifted) -> dict[str, str]:
    return {"server": "The server"} | {one.clone: one.label or one.clone for one in found.reports}


def _labels(found: workbench.Drifted) -> dict[str, str]:
    return {str(one.id): one.label or one.clone for one in found.reports}


def _groups(
    request: HttpRequest, found: workbench.Drifted, filters: workbench.Filters
) -> list[Group]:
    """Findings by kind; of a kind that was asked for from the one at `start` on."""
    given = request.GET.get("start", "")
    start = int(given) if filters.kind and given.isascii() and given.isdigit() else 0
    most = SHOWN_ALONE if filters.kind else SHOWN
    groups = []
    for kind in dict.fromkeys([*KINDS, *(each.finding["code"] for each in found.findings)]):
        listed = [each for each in found.findings if each.finding["code"] == kind]
        if not listed:
            continue
        level, title, mend = KINDS.get(kind, ("warning", _words(kind), ""))
        more = ""
        if len(listed) > start + most:
            more = _query(filters, kind=kind)
            more += f"&start={start + most}" if filters.kind else ""
        shown = listed[start : start + most]
        groups.append(Group(kind, title, level, mend, len(listed), shown, more))
    return groups


def _card(one: workbench.Contested) -> dict[str, Any]:
    conflict = one.conflict
    sides = [
        ("base", "Before", "", ""),
        ("ours", "Ours", one.label or one.clone, one.reported_at),
        ("theirs", "Theirs", (conflict.get("author") or {}).get("name") or "the server",
         conflict.get("time", "")),
    ]  # fmt: skip
    return {
        "one": one,
        "id": conflict["id"],
        "field": conflict["field"],
        "title": conflict.get("title", ""),
        "whole": conflict["kind"] != "field",
        "sides": [
            {"name": name, "words": words, "who": who, "when": when, **_value(conflict, name)}
            for name, words, who, when in sides
        ],
        "typed": _typed(conflict),
        "chosen": _chosen(one),
    }


def _value(conflict: dict[str, Any], side: str) -> dict[str, Any]:
    if side not in conflict:
        return {"absent": True, "text": "", "items": None}
    value, base = conflict[side], conflict.get("base")
    if conflict["kind"] == "entity":
        named = value.get("title") or value.get("id") if isinstance(value, dict) else ""
        return {"absent": False, "text": f"kept: {named}" if named else "kept", "items": None}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        known = base if isinstance(base, list) else []
        items = [{"text": each, "new": side != "base" and each not in known} for each in value]
        return {"absent": False, "text": "", "items": items}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return {"absent": False, "text": text, "items": None, "code": not isinstance(value, str)}


def _typed(conflict: dict[str, Any]) -> str:
    """What the field for another value begins with: ours."""
    value = conflict.get("ours", "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _chosen(one: workbench.Contested) -> str:
    if one.choice is None:
        return ""
    return {"ours": "Ours stands", "theirs": "Theirs stands", "both": "Both stand"}.get(
        one.choice.choice, "Another value stands"
    )


@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, project_id: UUID, conflict_digest: str) -> HttpResponse:
    """Decide a conflict."""
    actor = signed_in(request)
    place = _place(request, project_id)
    with project_scope(actor, project_id, "plan.read"):
        if request.method != "POST":
            return HttpResponseRedirect(place)
    choice = request.POST.get("choice", "")
    try:
        made = workbench.choose_side(
            actor,
            project_id,
            digest=conflict_digest,
            choice=choice,
            value=_given(request) if choice == "value" else ABSENT,
        )
    except DomainError as refusal:
        if refusal.status == 404 and not isinstance(refusal, workbench.ConflictAbsent):
            raise
        messages.error(request, refusal.detail)
        return HttpResponseRedirect(place, status=303)
    name = f"{made.entity_id or 'The plan'} {made.field}"
    if made.revision:
        words = f"{name} is decided: it stands in the plan as revision {made.revision}."
    else:
        words = f"{name} is decided; the next br sync of that clone takes it over."
    messages.success(request, words)
    return HttpResponseRedirect(place, status=303)


def _given(request: HttpRequest) -> Any:
    """Another value: JSON where the field holds something else than text, else as it was typed."""
    text = request.POST.get("value", "").replace("\r\n", "\n")
    if request.POST.get("form") != "json":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


@never_cache
@require_http_methods(["GET", "POST"])
def forget(request: HttpRequest, project_id: UUID, drift_report_id: UUID) -> HttpResponse:
    """Take away the report of a clone that is gone."""
    actor = signed_in(request)
    place = _place(request, project_id)
    with project_scope(actor, project_id, "plan.read"):
        if request.method != "POST":
            return HttpResponseRedirect(place)
    workbench.forget_report(actor, project_id, report_id=drift_report_id)
    messages.success(request, "The report is forgotten; the clone's next one is shown again.")
    return HttpResponseRedirect(place, status=303)


def _place(request: HttpRequest, project_id: UUID) -> str:
    """Where the visitor was, by the filters that came along."""
    query = _query(_filters(request))
    return f"/projects/{project_id}/reconcile" + (f"?{query}" if query else "")


@never_cache
@require_GET
def export(request: HttpRequest, project_id: UUID, form: str) -> HttpResponse:
    """What the filters let through, as CSV or JSON."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        found = workbench.drifted(access, _filters(request))
    rows = rows_of(found)
    if form == "json":
        text = json.dumps(
            {"revision": found.revision, "items": rows},
            cls=DjangoJSONEncoder,
            ensure_ascii=False,
            indent=2,
        )
        answer = HttpResponse(text + "\n", content_type="application/json; charset=utf-8")
    else:
        answer = HttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="reconcile.{form}"'
    return answer


def _csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    names = list(rows[0]) if rows else ["kind"]
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = value if isinstance(value, str) else json.dumps(value, cls=DjangoJSONEncoder)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
