"""Rescoping: a change of what is planned, as one patch that a person looks at before it is made.

A proposal comes from acts that a person or a model chose (`rescope_acts`) or from an instruction
in plain words (`rescope_words`); whoever named them, they are checked alike. Nothing here changes a
plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from buildrunner.spec.constraints import refuse
from buildrunner.spec.diff import describe, diff
from buildrunner.spec.document import document_hash, index
from buildrunner.spec.rescope_acts import perform
from buildrunner.spec.rescope_impact import impact, precheck
from buildrunner.spec.rescope_moves import Scope
from buildrunner.spec.rescope_words import understand

Plan = dict[str, Any]
Operation = dict[str, Any]
Act = Mapping[str, Any]

MAX_ACTS = 50
MAX_INSTRUCTION = 2_000


class Proposal:
    """A patch with what speaks for it and what it does.

    `operations` lead from the plan that `base_hash` is the hash of to `after`; `reasons` say in
    words why each thing is in it; `impact` and `precheck` are JSON objects.
    """

    __slots__ = ("acts", "after", "base_hash", "impact", "operations", "precheck", "reasons")

    def __init__(
        self, before: Plan, after: Plan, *, acts: Sequence[Act], reasons: Sequence[str],
        proven: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.acts = [dict(act) for act in acts]
        self.after = after
        self.base_hash = document_hash(before)
        self.operations = diff(before, after)
        self.reasons = list(reasons)
        self.impact = impact(before, after, self.operations, proven)
        self.precheck = precheck(before, after)

    @property
    def ready(self) -> bool:
        """Whether nothing stands against applying it."""
        return bool(self.precheck["ok"])

    def words(self, before: Plan) -> list[str]:
        """Each operation in one line."""
        entities = index(before)
        return [describe(each, before, entities=entities) for each in self.operations]


def propose(
    plan: Plan,
    acts: Sequence[Act] = (),
    *,
    instruction: str = "",
    proven: Iterable[str] = (),
    reserved: Iterable[str] = (),
) -> Proposal:
    """What acts, in order, or an instruction would make of a plan.

    `proven` are the microsteps with evidence, `reserved` ids not to give out. Raises SpecError:
    EditRefused for what cannot be, Unclear (with choices) where the instruction can mean several
    things or nothing.
    """
    if len(acts) > MAX_ACTS or len(instruction) > MAX_INSTRUCTION:
        refuse("invalid_value", f"at most {MAX_ACTS} acts, {MAX_INSTRUCTION:,} characters of text")
    asked = list(acts)
    reasons: list[str] = []
    if instruction.strip():
        asked += understand(plan, instruction)
    if not asked:
        refuse("invalid_value", "say what to change", 'br rescope "defer billing"')
    scope = Scope(plan, reserved)
    for act in asked:
        reasons += perform(scope, act)
    return _settled(plan, scope.plan, asked, reasons, proven)


def _settled(
    plan: Plan, after: Plan, acts: Sequence[Act], reasons: Sequence[str], proven: Iterable[str]
) -> Proposal:
    made = Proposal(plan, after, acts=acts, reasons=reasons, proven=proven)
    if not made.operations:
        refuse("nothing_to_do", "the plan already stands like that", "br list")
    return made
