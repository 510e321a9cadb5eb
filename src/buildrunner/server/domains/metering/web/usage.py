"""The Usage page: what is consumed, against which limits, and where it could be less."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    ProjectAccess,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.charts.spec import columns, telling
from buildrunner.server.platform.ui.visitor import signed_in

DAYS = 30
GROUPS = 50
ROWS = 25
TITLES = {
    "model": "Model",
    "provider": "Provider",
    "person": "Person",
    "agent": "Agent",
    "milestone": "Milestone",
    "microstep": "Microstep",
    "type": "Kind",
    "project": "Project",
}
NONE = {
    "model": "No model",
    "provider": "No provider",
    "person": "Nobody named",
    "agent": "No agent",
    "milestone": "No milestone",
    "microstep": "No microstep",
    "project": "No project",
}
KINDS = {
    "tokens": "Tokens",
    "api_calls": "API calls",
    "storage": "Storage",
    "compute": "Compute",
    "integrations": "Integrations",
}


@never_cache
@require_GET
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Of a project, this month or `from` a day `to` another; `by` groups it and `of` shows the rows
    of one group."""
    actor = signed_in(request)
    with project_scope(actor, project_id, "usage.read") as access:
        return _answer(request, access)


@never_cache
@require_GET
def organization(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Of a whole organization, with the limits of its tier."""
    actor = signed_in(request)
    with organization_scope(actor, org_id) as access:
        access.require("usage.read")
        return _answer(request, access)


def _answer(request: HttpRequest, access: ProjectAccess | OrgAccess) -> HttpResponse:
    if "mark" in request.GET:  # asked every two seconds by who looks at the page
        inside = access.project_id if isinstance(access, ProjectAccess) else None
        return HttpResponse(metering.usage_mark(access.org_id, inside), content_type="text/plain")
    return render(request, "metering/usage.html", page_of(request, access))


def page_of(request: HttpRequest, access: ProjectAccess | OrgAccess) -> dict[str, Any]:
    """Everything on the page, in the scope of its place."""
    now = datetime.now(UTC)
    since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = now + timedelta(hours=1)
    days = _days(request)
    if days:
        since, until = (datetime.combine(day, time(), UTC) for day in days)
    kept = {"from": request.GET["from"], "to": request.GET["to"]} if days else {}
    inside = access.project_id if isinstance(access, ProjectAccess) else None
    base = f"/projects/{inside}/usage" if inside else f"/orgs/{access.org_id}/usage"
    asked = request.GET.get("by", "model")
    by = asked if asked in TITLES and not (inside and asked == "project") else "model"
    of = request.GET.get("of")
    budgets = metering.list_budgets(access.org_id, project_id=inside, now=now)
    groups = metering.summary(
        access.org_id, group_by=by, project_id=inside, since=since, until=until
    )
    manages = "budget.manage" in access.permissions
    return {
        "project": access if inside else None,
        "org_id": access.org_id,
        "base": base,
        "month": since,
        "last": until - timedelta(days=1) if days else None,
        "kept": f"&{urlencode(kept)}" if kept else "",
        "manages": manages,
        "budgets": [_budget(one, inside, manages=manages) for one in budgets],
        "quotas": [_quota(one) for one in metering.quotas(access.org_id)],
        "by": by,
        "by_title": TITLES[by],
        "tabs": [
            {"name": name, "title": title, "current": name == by}
            for name, title in TITLES.items()
            if not (inside and name == "project")
        ],
        "groups": _groups(by, groups, of, base, kept),
        "total": _total(groups),
        "unpriced": sum(one.unpriced_events for one in groups),
        "of": of,
        "rows": _rows(access.org_id, inside, by, of, since, until),
        "of_name": _name(by, of, metering.names_behind(by, [of or ""])) if of is not None else "",
        "chart": _history(access.org_id, inside, now, base),
        "hints": [
            {"hint": one, "href": f"{base}?{urlencode({'by': 'model', 'of': one.model})}#rows"}
            for one in metering.savings_hints(access.org_id, project_id=inside, now=now)
        ],
        "scopes": _scopes(project=inside is not None),
        "focus": f"/api/orgs/{access.org_id}/usage/focus?"
        + urlencode({"project_id": str(inside)} if inside else {}),
    }


def _days(request: HttpRequest) -> tuple[date, date] | None:
    """The first day asked for and the one after the last; None where that is no period."""
    try:
        first, last = (date.fromisoformat(request.GET.get(name, "")) for name in ("from", "to"))
    except ValueError:
        return None
    if not date(1970, 1, 1) <= first <= last <= date(9990, 1, 1):
        return None
    return first, last + timedelta(days=1)


def _scopes(*, project: bool) -> list[tuple[str, str]]:
    inside = [
        ("project", "This project"),
        ("milestone", "A milestone"),
        ("step", "A step"),
        ("microstep", "A microstep"),
        ("pr", "A pull request"),
        ("run", "An agent's run"),
    ]
    whole = [("organization", "The whole organization"), ("team", "A team")]
    acting = [("agent", "An agent"), ("person", "A person"), ("key", "An API key")]
    return [*(inside if project else whole), *acting]


def _budget(one: metering.BudgetView, inside: UUID | None, *, manages: bool) -> dict[str, Any]:
    words = {"month": "a month", "day": "a day", "total": "in total"}[one.period]
    named = metering.names_behind(one.scope, [one.subject]) if one.subject else {}
    about = {
        "organization": "Whole organization",
        "project": "This project" if inside else "Project",
    }
    title = about.get(one.scope, one.scope.replace("pr", "pull request").capitalize())
    part = float(min(one.used, Decimal(1))) * 100
    taken = float(min(one.reserved / one.cap, Decimal(1))) * 100 if one.cap else 0.0
    tone = "blocked" if one.used >= 1 else "doing" if one.used >= one.alert_threshold else "done"
    return {
        "view": one,
        "title": one.name or " ".join([title, named.get(one.subject, one.subject)]).strip(),
        "words": words,
        "part": round(part, 2),
        "taken": round(min(taken, 100 - part), 2),
        "percent": round(float(one.used) * 100),
        "tone": tone,
        "threshold": round(float(one.alert_threshold) * 100),
        "changes": manages and not one.origin and (one.project_id is not None or inside is None),
        "lifts": manages and one.hard and (one.project_id is not None or inside is None),
    }


def _quota(one: metering.QuotaView) -> dict[str, Any]:
    part = float(min(one.used / one.limit, Decimal(1))) * 100 if one.limit else 0.0
    return {
        "view": one,
        "title": KINDS[one.type],
        "part": round(part, 2),
        "percent": round(float(one.used / one.limit) * 100) if one.limit else None,
        "tone": "blocked" if part >= 100 else "doing" if part >= 80 else "done",
        "bytes": one.type == "storage",
    }


def _name(by: str, value: str | None, names: dict[str, str]) -> str:
    if not value:
        return NONE.get(by, "Other")
    return names.get(value) or (KINDS.get(value, value) if by == "type" else value)


def _groups(
    by: str,
    rows: Sequence[metering.SummaryRow],
    of: str | None,
    base: str,
    kept: dict[str, str],
) -> list[dict[str, Any]]:
    names = metering.names_behind(by, {one.group for one in rows if one.group})
    most = max((one.known_cost or Decimal(0) for one in rows), default=Decimal(0))
    return [
        {
            "row": one,
            "name": _name(by, one.group, names),
            "kind": KINDS.get(one.type, one.type),
            "current": of == (one.group or ""),
            "part": round(float((one.known_cost or 0) / most) * 100, 2) if most else 0,
            "href": f"{base}?{urlencode({'by': by, 'of': one.group or '', **kept})}#rows",
        }
        for one in rows[:GROUPS]
    ]


def _total(rows: Sequence[metering.SummaryRow]) -> Decimal:
    return sum((one.known_cost for one in rows if one.known_cost), Decimal(0))


def _rows(
    org_id: UUID, inside: UUID | None, by: str, of: str | None, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    if of is None:
        return []
    found = metering.rows_behind(
        org_id, by=by, value=of, since=since, until=until, project_id=inside, limit=ROWS
    )
    names = metering.names_behind("person", {str(one.person_id) for one in found if one.person_id})
    return [
        {"event": one, "kind": KINDS.get(one.type, one.type), "who": names.get(str(one.person_id))}
        for one in found
    ]


def _history(org_id: UUID, inside: UUID | None, now: datetime, base: str) -> Chart:
    start = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[str, Decimal] = {}
    for row in metering.summary(org_id, group_by="day", project_id=inside, since=start, until=now):
        if row.group and row.known_cost:
            found[row.group] = found.get(row.group, Decimal(0)) + row.known_cost
    days = [(start + timedelta(days=day)).strftime("%Y-%m-%d") for day in range(DAYS)]
    rows = [
        {
            "day": day,
            "name": day,
            "usd": float(found.get(day, 0)),
            "words": f"{found.get(day, 0):,.2f} USD",
            "page": f"{base}?{urlencode({'from': day, 'to': day})}",
        }
        for day in days
    ]
    total = sum(found.values(), Decimal(0))
    return Chart(
        "usage-history",
        f"Cost of the last {DAYS} days",
        f"{total:,.2f} USD in {DAYS} days (UTC); the dearest day cost "
        f"{max(found.values(), default=Decimal(0)):,.2f} USD.",
        telling(
            columns(rows, x="day", y="usd", title="USD a day", temporal=True),
            {"Day": "name", "Cost": "words"},
            page="page",
        ),
        ("Day", "USD"),
        [(row["day"], f"{row['usd']:.6f}") for row in reversed(rows) if row["usd"]],
    )
