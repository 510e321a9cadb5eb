"""The one decision, taken alike by `br` and by the server: is a microstep proven?

Nothing here looks at a status, a clock or a file. What decides is the plan, the records, and, in a
working tree, the digest of the content a check depends on.
"""

from __future__ import annotations

from buildrunner.evidence.case import Case
from buildrunner.evidence.checks import checks_in, criteria_of, criterion_digest
from buildrunner.evidence.weighing import weigh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from buildrunner.evidence.errors import Finding
    from buildrunner.spec.document import Entity

    SubjectDigest = Callable[[tuple[str, ...]], str | None]

MODES = ("strict", "warn", "off")
# What a criterion can be. The first three prove it.
PROVEN = ("passed", "signed_off", "self_attested")
STATES = (*PROVEN, "failed", "stale", "missing", "not_counted")


class ProofRules:
    """What a policy says about proof: `mode`, the runner `classes` that count, self-attesting."""

    __slots__ = ("classes", "mode", "self_attested")

    def __init__(
        self,
        mode: str = "strict",
        classes: Collection[str] = frozenset({"ci", "local"}),
        self_attested: bool = True,
    ) -> None:
        self.mode = mode
        self.classes = frozenset(classes)
        self.self_attested = self_attested


class CriterionProof:
    """One criterion: `state` is one of STATES, `reason` says why in words.

    `address` is that of the record that decided, None without one; `index` is None where the
    microstep has no criteria and stands as a whole; `next_command` is "" when it is proven.
    """

    __slots__ = ("address", "index", "next_command", "reason", "state", "text")

    def __init__(
        self,
        index: int | None,
        text: str,
        state: str,
        *,
        address: str | None = None,
        reason: str = "",
        next_command: str = "",
    ) -> None:
        self.index = index
        self.text = text
        self.state = state
        self.address = address
        self.reason = reason
        self.next_command = next_command

    @property
    def proven(self) -> bool:
        """Whether it counts."""
        return self.state in PROVEN

    def as_dict(self) -> dict[str, Any]:
        """The criterion as a JSON object."""
        return {
            "criterion": self.index,
            "text": self.text,
            "state": self.state,
            "address": self.address,
            "reason": self.reason,
            "next_command": self.next_command,
        }

    def __repr__(self) -> str:
        return f"<criterion {self.index} {self.state}>"


class Proof:
    """What is known about a microstep's criteria."""

    __slots__ = ("criteria", "microstep")

    def __init__(self, microstep: str, criteria: list[CriterionProof]) -> None:
        self.microstep = microstep
        self.criteria = criteria

    @property
    def proven(self) -> bool:
        """Whether every criterion is."""
        return bool(self.criteria) and all(each.proven for each in self.criteria)

    @property
    def label(self) -> str:
        """`proven`, `self-attested` (proven, a part of it by its own author) or `unproven`."""
        if not self.proven:
            return "unproven"
        attested = any(each.state == "self_attested" for each in self.criteria)
        return "self-attested" if attested else "proven"

    @property
    def missing(self) -> list[dict[str, Any]]:
        """`{"criterion", "text", "state", "reason", "next_command"}` of each that is not."""
        rows = [each.as_dict() for each in self.criteria if not each.proven]
        for row in rows:
            del row["address"]
        return rows

    @property
    def next_command(self) -> str:
        """What to type first; "" when it is proven."""
        for each in self.criteria:
            if not each.proven:
                return each.next_command
        return ""


def by_microstep(records: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Records by the id they name, for those who judge many microsteps."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        found.setdefault(record["microstep"], []).append(record)
    return found


def prove(
    plan: dict[str, Any],
    microstep_id: str,
    records: Iterable[dict[str, Any]],
    *,
    subject_digest: SubjectDigest | None,
    rules: ProofRules,
    anchored: Collection[str] | None,
    quarantined: Collection[str] = (),
    verify: Callable[[Any], Finding | None] | None = None,
) -> Proof:
    """Judge one microstep of a plan; an unknown id is a Proof without criteria, not proven.

    `records` may hold those of other microsteps. `subject_digest(paths)` gives today's digest of
    the content under some paths; without it (a server has no working tree) the newest record
    counts for any content. `anchored` are the ids of the keys that are trusted, or a mapping from
    key id to the runner class the key was registered for (None: either); `anchored=None` asks
    nobody. A mapping keeps a machine's own key from speaking for CI ("ci") or for the people who
    sign on a server ("server"). `quarantined` are digests of checks that neither prove nor block. `verify` replaces
    `record.verify` where the signatures were checked before.
    """
    from buildrunner.spec.ids import resolve

    entity = resolve(plan, microstep_id)
    if entity is None or entity.kind != "microstep":
        return Proof(microstep_id, [])
    return prove_entity(
        plan,
        entity,
        records,
        subject_digest=subject_digest,
        rules=rules,
        anchored=anchored,
        quarantined=quarantined,
        verify=verify,
    )


def prove_entity(
    plan: dict[str, Any],
    entity: Entity,
    records: Iterable[dict[str, Any]],
    *,
    subject_digest: SubjectDigest | None,
    rules: ProofRules,
    anchored: Collection[str] | None,
    quarantined: Collection[str] = (),
    verify: Callable[[Any], Finding | None] | None = None,
) -> Proof:
    """The same where the microstep has been found already."""
    case = Case(
        plan,
        entity,
        records,
        subject_digest=subject_digest,
        rules=rules,
        anchored=anchored,
        quarantined=quarantined,
        verify=verify,
    )
    checks = checks_in(entity)
    texts = criteria_of(entity)
    if not texts:
        return Proof(entity.id, [_whole(case, entity)])
    found = []
    for index, text in enumerate(texts):
        covering = [check for check in checks if check.covers(index)]
        verdict = weigh(case, index, criterion_digest(text), covering)
        found.append(CriterionProof(index, text, **verdict))
    return Proof(entity.id, found)


def _whole(case: Case, entity: Entity) -> CriterionProof:
    """A microstep without criteria: nothing can be checked, a person can sign for it."""
    title = entity.value.get("title")
    text = title if isinstance(title, str) else ""
    verdict = weigh(case, None, criterion_digest(text), [])
    if verdict["state"] == "missing":
        verdict["reason"] = "it has no criteria: nothing says when it is done"
        verdict["next_command"] = f"br plan edit {entity.id} --criterion 'what must be true'"
    return CriterionProof(None, text, **verdict)
