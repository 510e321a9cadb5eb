"""The judgement: what a policy denies of a change. Pure, and the same here and on the server.

`policy` is the one of the base branch, so that a change cannot bring the rules it is judged by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from buildrunner.policy.approvals import Approval, identities
from buildrunner.policy.case import Case, Denial
from buildrunner.policy.change import Change
from buildrunner.policy.document import load
from buildrunner.policy.judging.measures import judge_measures, judge_previews
from buildrunner.policy.judging.paths import WAIVER_FILES, guard, judge_protected, touches
from buildrunner.policy.judging.plan import judge_plan, judge_quality_checks
from buildrunner.policy.judging.requests import judge_approvals, judge_branch, judge_request
from buildrunner.policy.judging.secrets import judge_secrets
from buildrunner.policy.named import Named
from buildrunner.policy.phases import in_force
from buildrunner.policy.waivers import Waiver, lacking, why_not

__all__ = ["Denial", "failing", "judge", "unjudged"]

MOST_DENIALS = 10_000
_JUDGES = (
    judge_protected, judge_approvals, judge_request, judge_branch, judge_plan, judge_quality_checks,
    judge_secrets, judge_measures, judge_previews,
)  # fmt: skip


def judge(
    policy: Mapping[str, Any],
    change: Change,
    *,
    approvals: Iterable[Approval] = (),
    waivers: Iterable[Waiver] = (),
    now: datetime | None = None,
) -> list[Denial]:
    """Everything that stands against the change, in the order of files and lines.

    `policy` is what `document.load` gives without errors. Denials that are waived are among them,
    with `waived_by`; `failing` picks those that count. Adding approvals never adds a denial.
    """
    moment = now if now is not None else datetime.now(UTC)
    rules = in_force(dict(policy), Named(dict(policy), change).phases)
    case = Case(rules, change, approvals)
    guard(case)
    _policy_after(case)
    for each in _JUDGES:
        each(case)
    denials = sorted(case.denials, key=_order)[:MOST_DENIALS]
    _waive(rules, change, denials, list(waivers), moment)
    return denials


def failing(denials: Iterable[Denial]) -> list[Denial]:
    """Those because of which the change may not be merged."""
    return [denial for denial in denials if denial.fails]


def _order(denial: Denial) -> tuple[Any, ...]:
    return (denial.path, denial.line or 0, denial.column or 0, denial.rule, denial.message)


def _policy_after(case: Case) -> None:
    """`policy-invalid`: what the change makes of the policy must be one."""
    after = case.change.policy_after
    if after is None:
        return
    if after.get("other"):
        case.deny(
            "policy-invalid",
            f"both {after['path']} and {after['other']} would exist; one of them would be ignored",
            content=after["other"],
            path=after["other"],
            line=1,
            mend="Keep one of the two.",
        )
    loaded = load(after["text"].encode("utf-8", "replace"), after["path"])
    for finding in loaded.findings:
        if finding.severity == "error":
            case.deny(
                "policy-invalid",
                f"{finding.code} {finding.message}",
                content=[finding.code, finding.message],
                clause=finding.clause or "version",
                path=after["path"],
                line=finding.line,
                column=finding.column,
                mend=finding.hint,
            )


def _waive(
    policy: dict[str, Any],
    change: Change,
    denials: list[Denial],
    waivers: list[Waiver],
    now: datetime,
) -> None:
    """Mark what is waived; of a waiver that does not count say why where it would matter."""
    guarded = any(
        denial.rule == "policy-guard" and _is_waiver_file(denial.path, change) for denial in denials
    )
    authors = identities(change)
    by_print: dict[tuple[str, str], list[Waiver]] = {}
    for waiver in waivers:
        by_print.setdefault((waiver.rule, waiver.fingerprint), []).append(waiver)
    for denial in denials:
        reasons, granted = [], []
        for waiver in by_print.get((denial.rule, denial.fingerprint), ()):
            reason = why_not(waiver, policy, authors, now)
            if reason is None and waiver.proposed and guarded:
                reason = "this change brings it, and that is not approved"
            if reason is None:
                granted.append(waiver)
            else:
                reasons.append(f"The waiver by {waiver.approver} does not count: {reason}.")
        short = lacking(policy, granted) if granted else []
        if granted and not short:
            names = ", ".join(dict.fromkeys(waiver.approver for waiver in granted))
            first = min(granted, key=lambda waiver: str(waiver.ends()))
            denial.waived_by = f"{names} until {first.expires}: {first.reason}"
            continue
        if short:
            names = ", ".join(dict.fromkeys(waiver.approver for waiver in granted))
            reasons.append(f"{names} waived it; {' and '.join(short)} has still to do so too.")
        if reasons:
            denial.mend = " ".join([*dict.fromkeys(reasons), denial.mend])


def _is_waiver_file(path: str, change: Change) -> bool:
    return any(
        touches(place, file) for file in change.files if file.path == path for place in WAIVER_FILES
    )


# What a rule needs to know that a change may not say, and what to call it.
_NEEDS = (
    ("pr_requirements", "title", ("title_pattern", "title_min_length", "title_max_length", "microstep_id")),
    ("pr_requirements", "body", ("checklists", "description_min_length", "description_max_length")),
    ("pr_requirements", "branch", ("branch_pattern",)),
    ("microsteps", "title", ("enforce_in_pr_title",)),
    ("microsteps", "body", ("enforce_in_pr_description",)),
    ("microsteps", "plan_after", ("allowed_transitions", "blocked_statuses", "require_acceptance_criteria")),
)  # fmt: skip


def unjudged(policy: Mapping[str, Any], change: Change) -> list[tuple[str, str]]:
    """(clause, member of the change) of what the policy asks but the change does not tell."""
    found = []
    for name, member, keys in _NEEDS:
        section = policy.get(name)
        if getattr(change, member) is not None or not isinstance(section, dict):
            continue
        found += [(f"{name}.{key}", member) for key in keys if section.get(key)]
    branches = policy.get("branches")
    if branches and change.target is None:
        found.append(("branches", "target"))
    asks = [
        rules
        for rules in (branches.values() if isinstance(branches, dict) else ())
        if isinstance(rules, dict) and rules.get("required_status_checks")
    ]
    if asks and change.checks is None:
        found.append(("branches.*.required_status_checks", "checks"))
    if policy.get("require_preview_for_phase") and change.previews is None:
        found.append(("require_preview_for_phase", "previews"))
    return found
