"""What is asked of one microstep: its records, the content of today, and whom to believe."""

from __future__ import annotations

from buildrunner.spec.ids import own_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from buildrunner.evidence.errors import Finding
    from buildrunner.evidence.proof import ProofRules
    from buildrunner.spec.document import Entity

    Record = dict[str, Any]
    Verdict = dict[str, Any]

EVIDENCE = "buildrunner.evidence/1"
SIGNOFF = "buildrunner.signoff/1"


class Case:
    """Everything that is asked of one microstep."""

    def __init__(
        self,
        plan: dict[str, Any],
        entity: Entity,
        records: Iterable[Record],
        *,
        subject_digest: Callable[[tuple[str, ...]], str | None] | None,
        rules: ProofRules,
        anchored: Collection[str] | None,
        quarantined: Collection[str],
        verify: Callable[[Any], Finding | None] | None,
    ) -> None:
        self.id = entity.id
        self.project = plan.get("projectId")
        self.subject_digest = subject_digest
        self.rules = rules
        self.anchored = anchored
        self.quarantined = quarantined
        self.runs: list[Record] = []
        self.signoffs: list[Record] = []
        names, asked = [entity.id], False
        for record in records:
            if not isinstance(record, dict) or "microstep" not in record:
                continue
            if record["microstep"] != entity.id and not asked:
                names, asked = own_names(plan, entity), True
            if record["microstep"] in names:
                kind = record.get("type")
                (self.runs if kind == EVIDENCE else self.signoffs).append(record)
        self._verify = verify
        self._findings: dict[int, Finding | None] = {}

    def defect(self, record: Record) -> str:
        """Why a record is not to be believed; "" when it is."""
        if id(record) not in self._findings:
            self._findings[id(record)] = self._verified(record)
        finding = self._findings[id(record)]
        if finding is not None:
            return finding.message
        if record["project"] != self.project:
            return "it was made in another project"
        return self._anchoring(record)

    def _verified(self, record: Record) -> Finding | None:
        if self._verify is not None:
            return self._verify(record)
        from buildrunner.evidence.record import verify

        return verify(record)

    def _anchoring(self, record: Record) -> str:
        key = record["signature"]["key"]
        if self.anchored is None:
            return ""
        if key not in self.anchored:
            return f"its key {key} is not anchored (unknown to `br audit key`)"
        registered = self.registered(record)
        signed = record["type"] != EVIDENCE and not record["self_attested"]
        if signed and registered not in (None, "server"):
            return f"its key {key} is registered as `{registered}`; a server signs for people"
        return ""

    def registered(self, record: Record) -> str | None:
        """The class the key of a record is registered for; None where nobody says."""
        look_up = getattr(self.anchored, "get", None)
        if look_up is None:
            return None
        found: str | None = look_up(record["signature"]["key"])
        return found

    def runner_class(self, record: Record) -> str:
        """The class a run counts as: `ci` only where its key bears that out."""
        said: str = record["runner"]["class"]
        return said if said != "ci" or self.registered(record) in (None, "ci") else "local"


def verdict_of(state: str, reason: str, next_command: str, record: Record | None = None) -> Verdict:
    """What was found about a criterion, by whichever record decided it."""
    return {
        "state": state,
        "reason": reason,
        "next_command": next_command,
        "address": None if record is None else _address(record),
    }


def _address(record: Record) -> str | None:
    from buildrunner.evidence.errors import EvidenceError
    from buildrunner.evidence.record import address

    known = getattr(record, "address", None)
    if isinstance(known, str):  # one that is stored under it
        return known
    try:
        return address(record)
    except EvidenceError:  # a record nobody believes may not even have bytes
        return None


def names(record: Record, member: str, digest: str) -> bool:
    """Whether the `criterion` or `check` a record names has this digest."""
    value = record.get(member)
    return bool(digest) and isinstance(value, dict) and value.get("digest") == digest


def sign_command(case: Case, index: int | None) -> str:
    """What a person types who vouches for a criterion."""
    criterion = "" if index is None else f" --criterion {index}"
    return f"br qa signoff {case.id}{criterion}"
