"""Rules about numbers that others report: quality, cost, design; and previews."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.case import Case
from buildrunner.policy.shapes import label

# (rule, clause, measure, whether the clause is the least, how the measure is told)
_TABLE = (
    ("quality-coverage", "quality.min_test_coverage", "test_coverage", True, "test coverage is {} %"),
    ("quality-pass-rate", "quality.min_acceptance_criteria_pass_rate", "criteria_pass_rate", True, "{} % of the criteria hold"),
    ("quality-failures", "quality.max_consecutive_failures", "consecutive_failures", False, "checks failed {} times in a row"),
    ("cost-daily", "analytics.max_daily_cost", "daily_cost", False, "{} USD were spent today"),
    ("cost-daily", "budget.daily", "daily_cost", False, "{} USD were spent today"),
    ("cost-budget", "analytics.budget_alert_threshold", "monthly_cost", False, "{} USD were spent this month"),
    ("cost-budget", "budget.monthly", "monthly_cost", False, "{} USD were spent this month"),
    ("design-tokens", "design_system.design_token_threshold", "design_token_parity", True, "{} % of the design tokens agree"),
    ("design-visual", "design_system.visual_regression.similarity_threshold", "visual_similarity", True, "pictures are alike to {}"),
    ("design-drift", "design_system.component_parity.allowed_drift_percentage", "component_drift", False, "components drift by {} %"),
)  # fmt: skip
MEASURES = (*dict.fromkeys(row[2] for row in _TABLE), "open_anomalies")


def judge_measures(case: Case) -> None:
    """Each measure that is reported and that a clause bounds."""
    measures = case.change.measures
    if measures is None:
        return
    for rule, clause, name, least, words in _TABLE:
        *above, key = clause.split(".")
        limit = case.part(*above).get(key)
        value = measures.get(name)
        if value is None or not isinstance(limit, (int, float)) or isinstance(limit, bool):
            continue
        if (value < limit) if least else (value > limit):
            bound = "at least" if least else "at most"
            message = f"{words.format(f'{value:g}')}, {bound} {limit:g} is wanted"
            hard = rule == "cost-budget" and clause == "budget.monthly"
            if hard or rule != "cost-budget" or case.part("analytics").get("budget_enforcement"):
                case.deny(rule, message, content=_state(case, name, value), clause=clause)
            else:
                content = _state(case, name, value)
                case.deny(rule, message, content=content, clause=clause, severity="alert")
    anomalies = measures.get("open_anomalies", 0)
    if case.part("analytics").get("require_anomaly_review") is True and anomalies > 0:
        message = f"{anomalies:g} anomalies wait for review"
        case.deny("anomaly-open", message, content=_state(case, "open_anomalies", anomalies))


def _state(case: Case, name: str, value: float) -> Any:
    return [name, value, case.change.head]


def judge_previews(case: Case) -> None:
    """`preview-required`, where it is known which previews are ready."""
    ready = case.change.previews
    if ready is None:
        return
    wanted = {label(phase) for phase in case.policy.get("require_preview_for_phase") or ()}
    for phase in sorted(case.named.phases & wanted):
        if phase not in {label(each) for each in ready}:
            message = f"the phase {phase} needs a preview environment, none is ready"
            case.deny("preview-required", message, content=[phase, case.change.head])
