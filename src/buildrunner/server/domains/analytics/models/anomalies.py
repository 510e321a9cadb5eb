"""Figures that were unlike what is usual, and what people made of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow

# Wide enough for money to ten places and for counts.
_FIGURE: dict[str, Any] = {"max_digits": 24, "decimal_places": 10}


class Anomaly(TenantRow):
    """One stretch of unusual days of one figure: `kind` is cost_spike, quality_drop or
    velocity_drop. Without a project it is about costs that belong to none.

    `observed`, `expected`, `low` and `high` (the usual range) are of the worst day, in the unit of
    the kind: USD a day, share of passed checks (0 to 1), finished microsteps a week. `causes` lists
    what made the difference. `status` goes from open to acknowledged, resolved or dismissed; the
    last two need a `reason`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive: ClassVar[Any] = Left("it was judged here, by the costs and people of this place")

    project_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=16)
    first_day = models.DateField()
    last_day = models.DateField()
    worst_day = models.DateField()
    observed = models.DecimalField(**_FIGURE)
    expected = models.DecimalField(**_FIGURE)
    low = models.DecimalField(**_FIGURE)
    high = models.DecimalField(**_FIGURE)
    percent = models.FloatField()
    score = models.FloatField()
    threshold = models.FloatField()
    severity = models.CharField(max_length=8)
    causes = models.JSONField(default=list)
    status = models.CharField(max_length=12, default="open")
    reason = models.TextField(blank=True, default="")
    reviewed_by = models.JSONField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "analytics_anomaly"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "kind", "first_day"],
                name="analytics_anomaly_stretch",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "project_id", "-id"], name="analytics_anomaly_newest"),
        ]
