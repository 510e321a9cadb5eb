"""What is done and is not, or no longer, borne out by evidence."""

from __future__ import annotations

from buildrunner.spec.drift import Drift

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildrunner.evidence.proof import Proof
    from buildrunner.spec.document import Entity

# In the order of their weight: the first that fits names the finding.
_CODES = (("failed", "check_failing"), ("stale", "evidence_stale"))


def unborne(judged: Iterable[tuple[Entity, Proof]]) -> list[Drift]:
    """One finding for each microstep that is done and not proven."""
    found = []
    for entity, proof in judged:
        if entity.value.get("status") != "done" or proof.proven:
            continue
        missing = proof.missing
        states = {each["state"] for each in missing}
        code = next((code for state, code in _CODES if state in states), "done_unproven")
        wanted = next((state for state, name in _CODES if name == code), "")
        first = next((each for each in missing if each["state"] == wanted), None)
        first = first or (missing[0] if missing else None)
        found.append(
            Drift(
                code,
                _words(entity, code, missing, first),
                id=entity.id,
                field="status",
                command=(first or {}).get("next_command") or f"br qa run {entity.id}",
                milestone=_milestone(entity),
            )
        )
    return found


def _words(entity: Entity, code: str, missing: list[dict[str, object]], first: object) -> str:
    title = entity.value.get("title")
    said = {
        "check_failing": "is done, and fails",
        "evidence_stale": "is done, and was proven for other content",
        "done_unproven": "is done without proof",
    }[code]
    one = first if isinstance(first, dict) else {}
    text = one.get("text") or "the microstep as a whole"
    more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"“{title}” {said}: {text} ({one.get('reason') or 'nothing proves it'}){more}"


def _milestone(entity: Entity) -> str:
    step = entity.above
    above = step.above if step is not None else None
    return above.id if above is not None else ""
