"""The context pack of a microstep: the plan's part, and what the server knows beside it."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.rules.mine import WHY, branch_name
from buildrunner.server.domains.workbench.types.mine import ContextPack
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.briefing import DEFAULT_BUDGET, LEAST_BUDGET, Section, brief
from buildrunner.spec.document import Entity
from buildrunner.spec.ids import own_names, resolve

MOST_BUDGET = 50_000
_HISTORY = 5
_FILES = 20
_PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+\.\w{1,5}(?![\w/])")


def context_pack(
    access: ProjectAccess, microstep_id: str, *, budget: int = DEFAULT_BUDGET
) -> ContextPack:
    """What is needed to do a microstep, within a budget of tokens, the needed first.

    Raises PlanAbsent, EntityAbsent, Invalid.
    """
    if not LEAST_BUDGET <= budget <= MOST_BUDGET:
        raise Invalid(
            f"a budget lies between {LEAST_BUDGET} and {MOST_BUDGET:,} tokens", field="budget"
        )
    plan = plans.read_plan(access).plan()
    entity = resolve(plan, microstep_id)
    if entity is None or entity.kind != "microstep":
        raise plans.EntityAbsent(microstep_id, "microstep")
    more = [
        Section("evidence", "## Evidence", _evidence(access, entity.id)),
        Section("files", "## Files", _files(entity)),
        Section("history", "## Changed lately", _history(access, plan, entity)),
        Section("rules", "## How to work on it", _rules(entity)),
    ]
    pack = brief(plan, entity.id, budget=budget, more=more)
    return ContextPack(
        microstep_id=entity.id,
        title=str(entity.value.get("title") or ""),
        budget=budget,
        tokens=pack.tokens,
        text=pack.text,
        left_out=pack.left_out,
        sections=[
            {
                "name": each.name,
                "heading": each.heading.lstrip("# "),
                "lines": each.lines,
                "left_out": each.left_out,
                "why": WHY.get(each.name, ""),
            }
            for each in pack.sections
            if each.lines
        ],
    )


def _evidence(access: ProjectAccess, microstep_id: str) -> list[str]:
    proof = qa.project_proof(access, microstep_id=microstep_id).microsteps[0]
    lines = []
    for one in proof.criteria:
        number = "the microstep" if one.criterion is None else f"criterion {one.criterion + 1}"
        words = qa.STATE_SIGNS[one.state].words.lower()
        mend = f"; next: `{one.next_command}`" if one.next_command else ""
        lines.append(f"{number}: {words}{mend}")
    return lines


def _files(entity: Entity) -> list[str]:
    found: dict[str, str] = {}
    own = entity.value.get("checks")
    step = entity.above.value.get("checks") if entity.above is not None else None
    for checks in (own, step):
        for check in checks if isinstance(checks, list) else ():
            paths = check.get("paths") if isinstance(check, dict) else None
            for path in paths if isinstance(paths, list) else ():
                found.setdefault(str(path), "a check judges it")
    criteria = entity.value.get("criteria")
    texts = [entity.value.get(name) for name in ("title", "description", "details", "risk_notes")]
    texts += criteria if isinstance(criteria, list) else []
    for text in texts:
        for path in _PATH.findall(text) if isinstance(text, str) else ():
            found.setdefault(path, "named in the microstep")
    return [f"{path} ({why})" for path, why in list(found.items())[:_FILES]]


def _history(access: ProjectAccess, plan: dict[str, Any], entity: Entity) -> list[str]:
    found = plans.touching(access, own_names(plan, entity), limit=_HISTORY)
    return [
        f"revision {summary.revision}, {summary.created_at:%Y-%m-%d}, "
        f"{summary.author.get('name') or 'somebody'}: "
        f"{summary.message or ', '.join(sorted({str(o.get('field') or o['op']) for o in done}))}"
        for summary, done in found
    ]


def _rules(entity: Entity) -> list[str]:
    branch = branch_name(entity.id, str(entity.value.get("title") or ""))
    return [
        f"branch: {branch}",
        f"name {entity.id} in each commit",
        f"start with `br start {entity.id}`; prove with `br qa run {entity.id}`; "
        f"finish with `br done {entity.id}`, which is refused until each criterion is proven",
    ]
