"""Supabase, Vercel, GitHub and sources of one's own.

Supabase: Management API (`usage.api-counts`, disk use; it tells no costs). Vercel: billing charges in
FOCUS 1.3, a JSON object a line. GitHub: usage of the enhanced billing platform; the net amount is
what is paid. Custom: usage events as `POST /api/usage/events` takes them, with `cost_usd` beside
the quantity where the cost is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from buildrunner.server.domains.analytics.rules.collecting import (
    Answer,
    Ask,
    Reading,
    Unreadable,
    count,
    day_of,
    days,
    number,
    parsed,
    quantity,
    rows,
    text,
    told,
)

_COUNTS: Final = ("auth", "realtime", "rest", "storage")
_ZERO: Final = Decimal(0)
_SECONDS: Final = {"minutes": 60, "minute": 60, "hours": 3600, "hour": 3600, "seconds": 1}
_TYPES: Final = ("tokens", "api_calls", "storage", "compute", "integrations")


def supabase_asks(settings: Mapping[str, Any], since: date, until: date) -> list[Ask]:  # noqa: ARG001
    """Requests of the last days by day, and what its disk holds now."""
    base = f"/v1/projects/{quote(str(settings['project_ref']), safe='')}"
    return [
        Ask(f"{base}/analytics/endpoints/usage.api-counts", (("interval", "7day"),)),
        Ask(f"{base}/config/disk/util"),
    ]


def supabase_read(body: bytes, settings: Mapping[str, Any], today: date) -> Answer:
    """Requests by service; the disk counts for the day before, when the day was complete."""
    answer = parsed(body)
    about = {"project_ref": str(settings["project_ref"])}
    if isinstance(answer, dict) and isinstance(answer.get("metrics"), dict):
        used = count(answer["metrics"], "fs_used_bytes")
        return Answer(
            [Reading(today, "storage", Decimal(used), "supabase", "database disk", data=about)]
        )
    found = []
    for row in rows(answer, "result"):
        day = day_of(row.get("timestamp"), "timestamp")
        for service in _COUNTS:
            calls = Decimal(count(row, f"total_{service}_requests"))
            found.append(Reading(day, "api_calls", calls, "supabase", service, data=about))
    return Answer(found)


def vercel_asks(settings: Mapping[str, Any], since: date, until: date) -> list[Ask]:
    """The charges of a team."""
    params = [("from", f"{since}T00:00:00.000Z"), ("to", f"{until}T00:00:00.000Z")]
    if settings.get("team"):
        team = str(settings["team"])
        params.append(("teamId" if team.startswith("team_") else "slug", team))
    return [Ask("/v1/billing/charges", tuple(params))]


def vercel_read(body: bytes, _: Mapping[str, Any], __: date) -> Answer:
    """Charges of usage by service and project. Credits (below 0) are left to the invoice."""
    found = []
    for line in body.splitlines():
        if not line.strip():
            continue
        row = parsed(line)
        if not isinstance(row, dict):
            raise Unreadable("A line is no charge.")
        cost = number(row, "BilledCost")
        if cost < 0 or text(row, "ChargeCategory") not in ("", "Usage", "Purchase"):
            continue
        tags = row.get("Tags") if isinstance(row.get("Tags"), dict) else {}
        used = row.get("ConsumedQuantity")
        found.append(
            Reading(
                day_of(row.get("ChargePeriodStart"), "ChargePeriodStart"),
                "integrations",
                quantity(number(row, "ConsumedQuantity", least=_ZERO)) if used else Decimal(1),
                "vercel",
                text(row, "ServiceName") or "charge",
                charged=_usd(cost, text(row, "BillingCurrency")),
                data=told(unit=text(row, "ConsumedUnit"), project=text(tags or {}, "ProjectName")),
            )
        )
    return Answer(found)


def github_headers(key: str) -> dict[str, str]:
    """A token that may read the organization's administration."""
    return {
        "Authorization": f"Bearer {key}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def github_asks(settings: Mapping[str, Any], since: date, until: date) -> list[Ask]:
    """The interface tells a day at a time."""
    owner = quote(str(settings["organization"]), safe="")
    return [
        Ask(
            f"/organizations/{owner}/settings/billing/usage",
            (("year", str(day.year)), ("month", str(day.month)), ("day", str(day.day))),
        )
        for day in days(since, until)
    ]


def github_read(body: bytes, _: Mapping[str, Any], __: date) -> Answer:
    """Minutes of runners as seconds of compute, everything else in its own unit."""
    found = []
    for row in rows(parsed(body), "usageItems"):
        unit = text(row, "unitType").lower()
        used = number(row, "quantity", least=_ZERO)
        timed = text(row, "product").lower() == "actions" and unit in _SECONDS
        found.append(
            Reading(
                day_of(row.get("date"), "date"),
                "compute" if timed else "integrations",
                quantity(used * _SECONDS[unit] if timed else used),
                "github",
                text(row, "sku") or text(row, "product"),
                charged=number(row, "netAmount", least=_ZERO),
                data=told(repository=text(row, "repositoryName"), unit="" if timed else unit),
            )
        )
    return Answer(found)


def custom_asks(_: Mapping[str, Any], since: date, until: date) -> list[Ask]:
    """One address, told the days."""
    return [Ask("", (("from", f"{since}"), ("until", f"{until}")))]


def custom_read(body: bytes, _: Mapping[str, Any], __: date) -> Answer:
    """Usage events: a list, or `{"events": […]}`."""
    answer = parsed(body)
    listed = answer.get("events") if isinstance(answer, dict) else answer
    found = []
    for row in rows({"events": listed}, "events"):
        data = row.get("data")
        if not isinstance(data, dict):
            raise Unreadable("An event has no data.")
        kind = text(row, "type")
        if kind not in _TYPES:
            raise Unreadable(f"{kind[:40]!r} is no type of usage; there are {', '.join(_TYPES)}.")
        cost = data.get("cost_usd")
        extra = {
            name: json.dumps(value) if not isinstance(value, str) else value[:200]
            for name, value in data.items()
            if name in ("repository", "project", "region", "service", "unit")
        }
        found.append(
            Reading(
                day_of(row.get("time"), "time"),
                kind,
                quantity(number(data, "quantity", least=_ZERO)),
                text(data, "provider") or "custom",
                text(data, "model_name") or text(data, "model") or None,
                charged=None if cost is None else number(data, "cost_usd", least=_ZERO),
                data=extra,
            )
        )
    return Answer(found)


def _usd(cost: Decimal, currency: str) -> Decimal | None:
    """What is billed in another currency is not guessed at."""
    return cost if currency in ("", "USD") else None
