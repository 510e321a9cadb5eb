"""Say what an anomaly is: acknowledged, resolved or dismissed, and why."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.errors import AnomalySettled
from buildrunner.server.domains.analytics.queries import anomalies as queries
from buildrunner.server.domains.analytics.types.watching import AnomalyView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit

REVIEWS: Final = ("acknowledged", "resolved", "dismissed")
# Who approves changes in person judges what was unusual, where they may see the figures.
REVIEW: Final = "approval.give"
LONGEST_REASON: Final = 1000


def review_anomaly(actor: Actor, anomaly_id: UUID, *, status: str, reason: str = "") -> AnomalyView:
    """Acknowledged: somebody looks into it. Resolved and dismissed end it and need a reason.

    In person, with `approval.give`. Raises AnomalySettled for what was ended before.
    """
    reason = " ".join(reason.split())
    if status not in REVIEWS:
        raise Invalid(f"status is one of {', '.join(REVIEWS)}.", field="status")
    if status != "acknowledged" and not reason:
        raise Invalid("Say why: the reason stays on the record.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"A reason has at most {LONGEST_REASON} characters.", field="reason")
    with queries.anomaly_scope(actor, anomaly_id, REVIEW) as row:
        if actor.kind != "person" or actor.person_id is None:
            home = f"/projects/{row.project_id}" if row.project_id else f"/orgs/{row.org_id}"
            page = f"{home}/analytics/anomalies/{row.id}"
            raise Forbidden(
                f"Anomalies are reviewed in person: open {page} in a browser.",
                code="in_person_only",
                page=page,
            )
        if row.status in ("resolved", "dismissed") or row.status == status:
            raise AnomalySettled(f"It was {row.status} before.", status_before=row.status)
        before, row.status, row.reason = row.status, status, reason
        row.reviewed_by, row.reviewed_at = actor.record(), timezone.now()
        row.save(update_fields=["status", "reason", "reviewed_by", "reviewed_at", "updated_at"])
        emit(
            events.ANOMALY_REVIEWED,
            actor=actor,
            org_id=row.org_id,
            project_id=row.project_id,
            subject=str(row.id),
            data={"kind": row.kind, "status": status, "before": before, "reason": reason},
        )
        return queries.views([row])[0]
