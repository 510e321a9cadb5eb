"""The microsteps that a change names or touches, and the phases they are in."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from buildrunner.policy import patterns
from buildrunner.policy.change import Change
from buildrunner.policy.sections import section
from buildrunner.policy.shapes import label
from buildrunner.spec.document import Entity, index

_WORD = re.compile(r"[^\s,;:()\[\]{}'\"`<>#!?*|\\]+")
_LONGEST_WORD = 250
_PARTS = re.compile(r"[-_/]")
# What is written like an id: parts joined by dots, the last one ending in a number.
_LIKE = re.compile(r"[A-Za-z]+[0-9]+(?:\.[A-Za-z]+[0-9]+){2,}")


class Named:
    """What texts of one change name, by the plan after the change."""

    def __init__(self, policy: dict[str, Any], change: Change) -> None:
        self.change = change
        self.plan = change.plan_after if change.plan_after is not None else change.plan_before
        said = section(policy, "pr_requirements").get("microstep_id_pattern")
        self.pattern = said if isinstance(said, str) else None

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """Id or older id → microstep of the plan."""
        if self.plan is None:
            return {}
        known = index(self.plan).items()
        found = {name: entity for name, entity in known if entity.kind == "microstep"}
        for entity in list(found.values()):
            for alias in entity.value.get("aliases") or ():
                if isinstance(alias, str):
                    found.setdefault(alias, entity)
        return found

    def ids_in(self, text: str | None) -> list[str]:
        """The microsteps that a text names, by their ids in the plan."""
        ids: dict[str, None] = {}
        for word in _WORD.findall(text or ""):
            if len(word) > _LONGEST_WORD:
                continue
            for candidate in _candidates(word):
                entity = self.entities.get(candidate)
                if entity is not None:
                    ids[entity.id] = None
                    break
        return list(ids)

    def unknown_in(self, text: str | None) -> list[str]:
        """What a text writes like an id but the plan does not have."""
        if self.plan is None:
            return []
        known = index(self.plan)
        return [
            word
            for word in dict.fromkeys(_LIKE.findall(text or ""))
            if word not in self.entities and word not in known
        ]

    def names_one(self, text: str | None) -> bool:
        """Whether a text names a microstep, as the policy writes ids."""
        if self.pattern is not None:
            return patterns.found(self.pattern, text or "")
        if self.plan is not None:
            return bool(self.ids_in(text))
        return _LIKE.search(text or "") is not None

    @cached_property
    def microsteps(self) -> dict[str, Entity]:
        """Those named by title, branch or commits, and those whose status the change moves."""
        change = self.change
        texts = [change.title, change.branch, *(commit.message for commit in change.commits)]
        ids = [name for text in texts for name in self.ids_in(text)]
        ids += [name for name, _, after in self.moves if after is not None]
        return {name: self.entities[name] for name in ids if name in self.entities}

    @cached_property
    def moves(self) -> list[tuple[str, str | None, str | None]]:
        """(id, status before, status after) of microsteps whose status the change moves."""
        before, after = self.change.plan_before, self.change.plan_after
        if before is None or after is None:
            return []
        old = {name: e for name, e in index(before).items() if e.kind == "microstep"}
        found: list[tuple[str, str | None, str | None]] = []
        for name, entity in index(after).items():
            if entity.kind != "microstep":
                continue
            known = old.get(name) or next(
                (old[a] for a in _aliases(entity.value) if a in old), None
            )
            status = entity.value.get("status")
            earlier = (known.value.get("status") or "todo") if known is not None else None
            if known is None or earlier != (status or "todo"):
                found.append((name, earlier, status))
        return found

    @cached_property
    def phases(self) -> set[str]:
        """Labels of the phases that the change is in, as `shapes.label` writes them."""
        if self.change.phase is not None:
            return {label(self.change.phase)}
        return phases_of(self.plan or {}, set(self.microsteps))


def phases_of(plan: dict[str, Any], ids: set[str]) -> set[str]:
    """Labels of the milestones that hold some microsteps."""
    found: set[str] = set()
    milestones = plan.get("milestones")
    if not isinstance(milestones, list):
        return found
    for number, milestone in enumerate(milestones, 1):
        if isinstance(milestone, dict) and ids & _below(milestone):
            found |= _labels(milestone, number)
    return found


def _aliases(value: dict[str, Any]) -> list[str]:
    aliases = value.get("aliases")
    return [a for a in aliases if isinstance(a, str)] if isinstance(aliases, list) else []


def _below(milestone: dict[str, Any]) -> set[str]:
    return set(index({"milestones": [milestone]}))


def _labels(milestone: dict[str, Any], number: int) -> set[str]:
    """A milestone answers to its phase, its id, the number in its id, else its place."""
    name = str(milestone.get("id", ""))
    digits = re.search(r"[0-9]+$", name)
    found = {label(name), label(digits.group() if digits else number)}
    if isinstance(milestone.get("phase"), str):
        found.add(label(milestone["phase"]))
    return found


def _candidates(word: str) -> list[str]:
    """A word and what it may be of: m1.s1.ms1 in feature/m1.s1.ms1-sign-in."""
    word = word.strip(".")
    found = [word]
    for part in word.split("/"):
        cuts = [match.start() for match in _PARTS.finditer(part)]
        found += [part, *(part[:cut] for cut in reversed(cuts))]
    return found
