"""One word for a microstep's proof, for lists and marks."""

from __future__ import annotations

from typing import Final, NamedTuple

from buildrunner.evidence.proof import Proof

# evidence: every criterion by checks; signed: a person vouched for some; attested: its own author
# did; stale: something proved it once; failed: a check says no; unproven: nothing counts yet.
MARKS: Final = ("evidence", "signed", "attested", "failed", "stale", "unproven")
PROVEN: Final = frozenset({"evidence", "signed"})


class Sign(NamedTuple):
    """How a mark or state is shown: never by colour alone."""

    words: str
    icon: str
    tone: str


MARK_SIGNS: Final = {
    "evidence": Sign("Proven", "circle-check", "positive"),
    "signed": Sign("Signed off", "pen-line", "positive"),
    "attested": Sign("Self-attested", "user-check", "caution"),
    "failed": Sign("Failing", "circle-x", "negative"),
    "stale": Sign("Stale", "circle-dashed", "caution"),
    "unproven": Sign("Unproven", "circle", ""),
}
STATE_SIGNS: Final = {
    "passed": Sign("Passed", "circle-check", "positive"),
    "signed_off": Sign("Signed off", "pen-line", "positive"),
    "self_attested": Sign("Self-attested", "user-check", "caution"),
    "failed": Sign("Failed", "circle-x", "negative"),
    "stale": Sign("Stale", "circle-dashed", "caution"),
    "missing": Sign("No proof", "circle", ""),
    "not_counted": Sign("Not counted", "circle-slash", ""),
}


def mark_of(proof: Proof) -> str:
    """The mark of a proof in which self-attesting counts."""
    states = {each.state for each in proof.criteria}
    if proof.proven:
        if "self_attested" in states:
            return "attested"
        return "signed" if "signed_off" in states else "evidence"
    if "failed" in states:
        return "failed"
    return "stale" if "stale" in states else "unproven"
