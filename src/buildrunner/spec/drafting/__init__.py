"""Drafting: from a prompt, a PRD, a repository or another tool's file to a reviewable plan.

Rules and patterns only: no model, no clock, no network. `draft(Request(...))` proposes items
with their sources, assumptions and open questions; `addition` turns the accepted ones into
operations. What a model writes passes through `generated` into the same kind of draft.
"""

from buildrunner.spec.drafting.engine import KINDS, Draft, Request, counted, draft
from buildrunner.spec.drafting.operations import (
    Addition,
    addition,
    chosen,
    empty_plan,
    exactly,
    raised,
)

__all__ = [
    "KINDS", "Addition", "Draft", "Request", "addition", "chosen", "counted", "draft",
    "empty_plan", "exactly", "raised",
]  # fmt: skip
