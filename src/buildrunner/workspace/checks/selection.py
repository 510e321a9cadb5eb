"""Which checks there are to run, for whom, and which of them still have evidence that fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from buildrunner.evidence.checks import Check, checks_in, criteria_of, criterion_digest
from buildrunner.spec.document import Entity
from buildrunner.workspace.checks.runner import job_key
from buildrunner.workspace.errors import WorkspaceError


class Duty:
    """One check with the microstep it is for, and the criteria of it that it covers."""

    __slots__ = ("check", "criteria", "entity")

    def __init__(self, entity: Entity, check: Check) -> None:
        self.entity = entity
        self.check = check
        self.criteria = [
            (index, text) for index, text in enumerate(criteria_of(entity)) if check.covers(index)
        ]

    @property
    def name(self) -> str:
        """How it is called on a screen."""
        return f"{self.entity.id} {self.check.id or self.check.kind}"


def duties(entities: Iterable[Entity]) -> list[Duty]:
    """Every check of these microsteps, in the order of the plan."""
    return [Duty(entity, check) for entity in entities for check in checks_in(entity)]


def jobs(chosen: Sequence[Duty]) -> list[list[Duty]]:
    """Duties that one run serves together, in the order of their first."""
    found: dict[tuple[object, ...], list[Duty]] = {}
    for duty in chosen:
        found.setdefault(job_key(duty.check), []).append(duty)
    return list(found.values())


class Standing:
    """What the evidence there is says about duties.

    `records` are verified; `anchored` are the keys that are believed; `content(paths)` is the
    digest of today. With `classes` only evidence of these runner classes is looked at.
    """

    def __init__(
        self,
        records: Iterable[Mapping[str, Any]],
        anchored: Collection[str],
        content: Callable[[tuple[str, ...]], str | None],
        classes: Collection[str],
    ) -> None:
        self._content = content
        self._by_microstep: dict[str, list[Mapping[str, Any]]] = {}
        for record in records:
            if (
                record.get("type") == "buildrunner.evidence/1"
                and record["signature"]["key"] in anchored
                and record["runner"]["class"] in classes
            ):
                self._by_microstep.setdefault(record["microstep"], []).append(record)

    def has_changed(self, duty: Duty) -> bool:
        """Whether what it is about differs from the newest evidence.

        Without any evidence that is so only for work that is begun or done.
        """
        from buildrunner.spec.ids import aliases

        names = (duty.entity.id, *aliases(duty.entity.value))
        records = [record for name in names for record in self._by_microstep.get(name, ())]
        check = duty.check
        ours = [
            record
            for record in records
            if record["check"]["digest"] == check.digest or record["check"]["id"] == check.id
        ]
        if not ours:
            return duty.entity.value.get("status") in ("doing", "done")
        try:
            today = self._content(check.paths)
        except WorkspaceError:  # said when it is run
            return True
        return not all(_fits(check, text, today, ours) for _, text in duty.criteria)


def _fits(check: Check, text: str, today: str | None, records: Sequence[Mapping[str, Any]]) -> bool:
    digest = criterion_digest(text)
    return any(
        record["check"]["digest"] == check.digest
        and record["criterion"]["digest"] == digest
        and tuple(record["subject"]["paths"]) == check.paths
        and record["subject"]["digest"] == today
        for record in records
    )
