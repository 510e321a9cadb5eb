"""Two answers that wait for a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.ai.models import Arbitration
from buildrunner.server.platform.db.scope import tenant_scope
from factories.tenants import Tenant


def make_arbitration(tenant: Tenant, **members: Any) -> UUID:
    """One of the tenant's project; the judge changed its mind when the order was swapped."""
    marks = {"correctness": 80, "completeness": 75, "usefulness": 85}
    sides = [
        {
            "label": label, "model": model, "provider": provider, "text": text,
            "route_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b04", "cost": "0.000840",
            "input_tokens": 20, "output_tokens": 4, "latency_ms": 900, "scores": marks,
            "score": "80.0", "lost": "",
        }
        for label, model, provider, text in (
            ("A", "gpt-4", "openai", "Move the database first.\n\nThen the rest."),
            ("B", "claude-3-sonnet", "anthropic", "Move everything in one night."),
        )
    ]  # fmt: skip
    passes = [
        {
            "order": order, "winner": winner, "confidence": 80, "rationale": "It is better.",
            "scores": {"A": marks, "B": marks}, "note": "", "cost": "0.001000",
            "route_id": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b04",
        }
        for order, winner in (("AB", "A"), ("BA", "B"))
    ]  # fmt: skip
    values: dict[str, Any] = {
        "task_type": "planner",
        "question": "[user]\nPlan the move to the new data centre.",
        "rubric": [{"name": name, "meaning": ""} for name in marks],
        "candidates": sides,
        "passes": passes,
        "model_a": "gpt-4",
        "model_b": "claude-3-sonnet",
        "contested": True,
        "judge": "claude-opus-4-5",
        "judge_is_candidate": False,
        "status": "awaiting_decision",
        "confidence": 80,
        "rationale": "the judge said otherwise when the order was swapped",
        "multiplier_estimated": Decimal("3.2"),
        "multiplier_actual": Decimal("2.9"),
        "cost": Decimal("0.00368"),
        "actor": tenant.actor.record(),
        **members,
    }
    with tenant_scope(tenant.org_id):
        row = Arbitration.objects.create(
            org_id=tenant.org_id, project_id=tenant.project_id, **values
        )
    return row.id
