"""Naming a criterion on the command line: by its index, counted from 0 as checks do."""

from __future__ import annotations

from buildrunner.cli.errors import USAGE, Refusal
from buildrunner.cli.layout import flat
from buildrunner.evidence.checks import criteria_of
from buildrunner.spec.document import Entity


def criterion_number(text: str, entity: Entity) -> int:
    """A zero-based index of a criterion. Raises a Refusal that lists what there is."""
    texts = criteria_of(entity)
    if text.isascii() and text.isdigit() and len(text) < 6 and int(text) < len(texts):
        return int(text)
    listed = "; ".join(f"{place}: {flat(each)}" for place, each in enumerate(texts)) or "none"
    raise Refusal(
        "unknown_criterion",
        f"{entity.id} has no criterion {text!r}; counted from 0 it has {listed}",
        next_command=f"br show {entity.id}",
        exit_code=USAGE,
    )
