"""Rules about the plan: what commits name, how statuses move, what risky work needs."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.case import Case
from buildrunner.policy.judging.requests import status_check
from buildrunner.policy.transitions import FIRST, permitted
from buildrunner.spec.document import Entity

LEVELS = ("low", "medium", "high", "critical")
_M = "microsteps."


def judge_plan(case: Case) -> None:
    """Everything the sections `microsteps`, `evidence` and `risk` ask for."""
    said = case.part("microsteps")
    _texts(case, said)
    _moves(case)
    _named(case, said)
    _proof(case, said)
    for entity in case.named.microsteps.values():
        _risk(case, entity)


def _texts(case: Case, said: dict[str, Any]) -> None:
    change, named = case.change, case.named
    if said.get("enforce_in_commits") is True:
        for commit in change.commits:
            if commit.parents > 1 or named.names_one(commit.message):
                continue
            message = f"the commit {commit.id[:12]} {commit.subject[:80]!r} names no microstep"
            clause = _M + "enforce_in_commits"
            case.deny("commit-microstep", message, content=commit.id, clause=clause)
    for key, rule, what, text in (
        ("enforce_in_pr_title", "title-microstep", "title", change.title),
        ("enforce_in_pr_description", "description-microstep", "description", change.body),
    ):
        if said.get(key) is True and text is not None and not named.names_one(text):
            case.deny(rule, f"the {what} names no microstep", content=text, clause=_M + key)


def _moves(case: Case) -> None:
    plan = next((f for f in case.change.files if f.path.endswith("specs/plan.json")), None)
    for name, before, after in case.named.moves:
        if before is None:
            continue
        allowed = permitted(case.policy, before, after, through=True)
        if allowed is None:
            continue
        follows = ", ".join(allowed) or "nothing"
        case.deny(
            "microstep-transition",
            f"{name} goes from {before} to {after or FIRST}; after {before} may follow {follows}",
            content=[name, before, after],
            clause=f"{_M}allowed_transitions.{before}",
            path=plan.path if plan else "buildrunner/specs/plan.json",
            line=plan.first_line if plan else 1,
        )


def _named(case: Case, said: dict[str, Any]) -> None:
    blocked = [str(status) for status in said.get("blocked_statuses") or ()]
    for name, entity in case.named.microsteps.items():
        status, value = entity.value.get("status"), entity.value
        if status in blocked:
            reason = value.get("blocked_reason")
            why = f": {reason}" if isinstance(reason, str) and reason else ""
            message = f"{name} is {status}{why}"
            clause = _M + "blocked_statuses"
            case.deny("microstep-blocked", message, content=[name, status], clause=clause)
        bare = not any(isinstance(c, str) and c.strip() for c in value.get("criteria") or ())
        if said.get("require_acceptance_criteria") is True and bare:
            message = f"{name} has no acceptance criteria"
            clause = _M + "require_acceptance_criteria"
            case.deny("microstep-criteria", message, content=name, clause=clause)


def _proof(case: Case, said: dict[str, Any]) -> None:
    mode = case.part("evidence").get("mode", "strict")
    wanted = said.get("require_testing_evidence")
    if mode == "off" or wanted is False:
        return
    for entry in case.change.unproven or ():
        missing = entry.get("missing")
        listed = [str(each) for each in missing] if isinstance(missing, list) else []
        tail = f": {'; '.join(listed[:3])}" if listed else ""
        case.deny(
            "not-proven",
            f"{entry['id']} becomes done without proof{tail}",
            content=[entry["id"], listed],
            clause="evidence.mode" if wanted is None else _M + "require_testing_evidence",
            mend=f"Run `br qa run {entry['id']}`, or have it signed off.",
            severity="alert" if mode == "warn" else None,
        )


def _risk(case: Case, entity: Entity) -> None:
    value, name = entity.value, entity.id
    level = value.get("risk_level")
    most = case.part("security").get("max_risk_level")
    if level not in LEVELS:
        level = None
    if level and most in LEVELS and LEVELS.index(level) > LEVELS.index(most):
        message = f"{name} has the risk {level}, at most {most} is allowed"
        content = [name, level]
        case.deny("risk-too-high", message, content=content, clause="security.max_risk_level")
    own = case.part("risk", "risk_levels", level) if level else {}
    rules = own or case.part("risk")
    clause = f"risk.risk_levels.{level}." if own else "risk."
    shown = f"of risk {level}" if level else "without a risk level"
    for key, field, rule in (
        ("require_rollback", "rollback_plan", "risk-rollback"),
        ("require_post_check", "post_check", "risk-post-check"),
    ):
        if rules.get(key) is True and not str(value.get(field) or "").strip():
            message = f"{name}, {shown}, has no {field}"
            mend = f"Say it: `br plan edit {name} --set {field}=…`."
            case.deny(rule, message, content=[name, level], clause=clause + key, mend=mend)
    if rules.get("require_staging_test") is True and case.change.checks is not None:
        outcome = case.change.checks.get("staging")
        if outcome != "passed":
            message = f"{name}, {shown}, was not tested on staging"
            content = [name, case.change.head]
            case.deny(
                "risk-staging", message, content=content, clause=clause + "require_staging_test"
            )
    more = rules.get("additional_approvals", 0)
    wanted = _otherwise(case) + more
    if more and case.votes < wanted:
        message = f"{name}, {shown}, needs {wanted} approvals in all, {case.votes} count"
        content = [name, level, case.change.head]
        clause += "additional_approvals"
        case.deny("risk-approvals", message, content=content, clause=clause)


def _otherwise(case: Case) -> int:
    """How many approvals other clauses ask for already."""
    from buildrunner.policy.judging.requests import branch_rules

    target = case.change.target
    found = branch_rules(case.policy, target) if target else None
    reviews = found[1].get("require_reviews", 0) if found else 0
    said = case.part("approvals")
    asked = said.get("required") if said.get("applies_to") == "all" else None
    seats = sum(int(each.get("count", 1)) for each in asked or ())
    return max(int(reviews), seats)


def judge_quality_checks(case: Case) -> None:
    """Status checks that `quality` names."""
    if case.change.checks is None:
        return
    for key, check in (
        ("require_integration_tests", "integration-tests"),
        ("require_performance_tests", "performance-tests"),
    ):
        if case.part("quality").get(key) is True:
            status_check(case, check, f"quality.{key}")
