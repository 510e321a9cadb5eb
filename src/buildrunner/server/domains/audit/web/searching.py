"""What the filters of the ledger's page say, read; whatever can be told of them stays in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from buildrunner.server.domains.audit import facade as audit

NAMES: Final = ("actor", "action", "entity", "project", "from", "to")


def filters_of(
    query: QueryDict, people: Mapping[str, str], projects: Sequence[tuple[UUID, str]]
) -> tuple[audit.Filters, dict[str, str], dict[str, str]]:
    """The filters, what was typed, and what is wrong with it by field.

    `people` are ids by name and by address in small letters: a person can be named so.
    """
    typed = {name: query.get(name, "").strip()[:1000] for name in NAMES}
    wrong: dict[str, str] = {}
    project = next((id_ for id_, _ in projects if str(id_) == typed["project"]), None)
    if typed["project"] and project is None:
        wrong["project"] = "No such project here."
    since, until = _moment(typed, "from", wrong), _moment(typed, "to", wrong)
    if until and len(typed["to"]) == len("2026-01-01"):
        until += timedelta(days=1)  # a day is meant with all its hours
    if since and until and since >= until:
        wrong["to"] = "This lies before the beginning."
    actor = typed["actor"]
    action = typed["action"]
    filters = audit.Filters(
        actor=people.get(actor.lower(), actor),
        action=f"{action}*" if action.endswith(".") else action,
        entity=typed["entity"],
        project=project,
        since=since,
        until=until,
    )
    return filters, typed, wrong


def address(typed: Mapping[str, str], **more: object) -> str:
    """The query of an address that asks for the same."""
    told = {name: value for name, value in {**typed, **more}.items() if value}
    return f"?{urlencode(told)}" if told else ""


def _moment(typed: Mapping[str, str], name: str, wrong: dict[str, str]) -> datetime | None:
    text = typed[name]
    if not text:
        return None
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        wrong[name] = "Write a day as 2026-01-31."
        return None
