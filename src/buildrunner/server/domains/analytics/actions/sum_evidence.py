"""Sum up a project's evidence by day, so that its figures do not grow with its events."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.analytics.models import EvidenceMark
from buildrunner.server.domains.analytics.queries.evidence import BEGINNING, unsummed
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.stream import Position

MOST: Final = 20_000
_ADD: Final = """
    INSERT INTO analytics_evidence_sum
        (id, created_at, org_id, project_id, day, key, actor, microsteps, passed, total)
    VALUES (%s, now(), %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (org_id, project_id, day, key) DO UPDATE
    SET passed = analytics_evidence_sum.passed + excluded.passed,
        total = analytics_evidence_sum.total + excluded.total
"""


def sum_evidence(org_id: UUID, project_id: UUID, *, most: int = MOST) -> int:
    """Add the evidence behind the project's mark to the sums and move the mark, `most` events a
    transaction; how many sums were touched. Events whose order is not settled yet wait."""
    touched, more = 0, True
    while more:
        with tenant_scope(org_id):
            EvidenceMark.objects.bulk_create(
                [EvidenceMark(org_id=org_id, project_id=project_id, **_columns(BEGINNING))],
                ignore_conflicts=True,
            )
            mark = EvidenceMark.objects.select_for_update().get(
                org_id=org_id, project_id=project_id
            )
            place = Position(mark.epoch, mark.transaction, mark.event_id)
            found, place, more = unsummed(org_id, project_id, place, most)
            with connection.cursor() as cursor:
                cursor.executemany(
                    _ADD,
                    [
                        (uuid7(), org_id, project_id, *kept, passed, total)
                        for kept, (passed, total) in sorted(found.items())
                    ],
                )
            EvidenceMark.objects.filter(id=mark.id).update(**_columns(place))
            touched += len(found)
    return touched


def _columns(place: Position) -> dict[str, int]:
    return {"epoch": place.epoch, "transaction": place.transaction, "event_id": place.id}
