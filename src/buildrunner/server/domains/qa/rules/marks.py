"""One word for a microstep's proof, for lists and marks."""

from __future__ import annotations

from typing import Final

from buildrunner.evidence.proof import Proof

# evidence: every criterion by checks; signed: a person vouched for some; attested: its own author
# did; stale: something proved it once; failed: a check says no; unproven: nothing counts yet.
MARKS: Final = ("evidence", "signed", "attested", "failed", "stale", "unproven")
PROVEN: Final = frozenset({"evidence", "signed"})
WORDS: Final = {
    "evidence": "Proven by evidence",
    "signed": "Proven, signed off",
    "attested": "Self-attested",
    "failed": "A check fails",
    "stale": "Proof is stale",
    "unproven": "Unproven",
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
