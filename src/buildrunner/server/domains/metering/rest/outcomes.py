"""What the routes answer about events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.errors import DomainError, Forbidden, NotFound

STATUS_OF: dict[str, type[DomainError]] = {
    "usage_conflict": metering.UsageConflict,
    "project_not_found": NotFound,
    "forbidden": Forbidden,
    "scope_missing": Forbidden,
    "https_required": Forbidden,
    "second_factor_required": Forbidden,
}


def event_answer(outcome: metering.Outcome) -> dict[str, Any]:
    """One event: `{id, source, status, cost, currency, price_version}`."""
    answer: dict[str, Any] = {
        "id": outcome.id,
        "source": outcome.source,
        "status": outcome.status,
        "cost": metering.money(outcome.cost),
        "currency": outcome.currency,
        "price_version": outcome.price_version,
    }
    if outcome.status == "rejected":
        made = STATUS_OF.get(outcome.code, metering.EventRejected)
        answer |= {"code": outcome.code, "detail": outcome.detail, "http_status": made.status}
    return answer


def summary(outcomes: Sequence[metering.Outcome]) -> dict[str, Any]:
    """A batch: how many of each, and every event in the order it came."""
    told = [one.status for one in outcomes]
    return {
        "accepted": told.count("accepted"),
        "duplicates": told.count("duplicate"),
        "rejected": told.count("rejected"),
        "events": [event_answer(one) for one in outcomes],
    }
