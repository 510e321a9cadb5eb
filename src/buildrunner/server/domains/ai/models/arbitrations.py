"""Two answers to one task, what judged between them, and who decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models as db

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class Arbitration(TenantRow):
    """One comparison. `candidates` goes by labels that were given out at random; `winner` is a
    label, empty while a person has to decide. `contested` where both models answered.

    A candidate is `{label, model, provider, text, route_id, cost, input_tokens, output_tokens,
    latency_ms, scores, score, lost}`; a pass is `{order, winner, confidence, rationale, scores,
    note, cost, route_id}`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("models and prices differ from server to server")

    project_id = db.UUIDField()
    task_type = db.CharField(max_length=16)
    microstep_id = db.TextField(blank=True, default="")
    question = db.TextField()
    rubric = db.JSONField()
    candidates = db.JSONField()
    passes = db.JSONField(default=list)
    model_a = db.TextField()
    model_b = db.TextField()
    contested = db.BooleanField()
    judge = db.TextField()
    judge_is_candidate = db.BooleanField()
    status = db.CharField(max_length=20)
    winner = db.CharField(max_length=1, blank=True, default="")
    confidence = db.PositiveSmallIntegerField(null=True)
    rationale = db.TextField(blank=True, default="")
    multiplier_estimated = db.DecimalField(max_digits=12, decimal_places=4)
    multiplier_actual = db.DecimalField(max_digits=12, decimal_places=4, null=True)
    cost = db.DecimalField(max_digits=20, decimal_places=10, null=True)
    decided_by = db.JSONField(null=True)
    decided_reason = db.TextField(blank=True, default="")
    decided_at = db.DateTimeField(null=True)
    actor = db.JSONField()

    class Meta:
        db_table = "ai_arbitration"
        indexes: ClassVar[list[db.Index]] = [
            db.Index(fields=["org_id", "project_id", "status", "-id"], name="ai_arbitration_list")
        ]
