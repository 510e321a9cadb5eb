"""Drift: where the plan, what was agreed on and what happened since say different things.

What a finding is, which kinds there are, and those kinds that documents alone decide. What needs
evidence, a repository or a server is found elsewhere and told in the same form.
"""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.diff import describe, diff
from buildrunner.spec.document import Entity, canonical, index, microsteps
from buildrunner.spec.ids import aliases
from buildrunner.spec.merge import merge
from buildrunner.spec.tree import ROOT

Plan = dict[str, Any]
Operation = dict[str, Any]

#: code → (level, title, how to mend it)
KINDS: dict[str, tuple[str, str, str]] = {
    "field_contested": (
        "error", "Both sides changed it", "decide what stands: br reconcile, or the Reconcile page",
    ),
    "field_unsent": ("warning", "Changed here, not on the server", "br sync sends it"),
    "field_behind": ("warning", "Changed on the server, not here", "br sync takes it"),
    "check_failing": ("error", "Done, and its check fails", "mend it, or put the microstep back"),
    "evidence_stale": ("warning", "Done, proven for other content", "run its checks again"),
    "done_unproven": (
        "error", "Done without proof", "prove it by a check or a signature, or put it back",
    ),
    "microstep_unknown": (
        "warning", "Names a microstep that the plan has not", "name one that is there, or add it",
    ),
    "file_unplanned": (
        "warning", "Changed without a microstep",
        "name the microstep in the commit, or put the file under the paths of a check",
    ),
    "claim_expired": (
        "warning", "In work, and its claim has run out", "claim it again, or put it back",
    ),
    "work_idle": ("warning", "In work, and nothing happens", "go on with it, or put it back"),
}  # fmt: skip
LEVELS = {code: level for code, (level, _, _) in KINDS.items()}
# What every change of a plan may touch, and no person has to look at.
_PASSING = frozenset({"updatedAt", "version"})
_SIDES = ("base", "ours", "theirs")


class Drift:
    """One finding.

    `where` is `file:line`, `id.field` or a commit; `what` one sentence; `command` mends it.
    `path` and `line` (from 1) are there where a file is meant, `milestone` where a microstep is.
    """

    __slots__ = ("code", "command", "field", "id", "line", "milestone", "path", "what", "where")

    def __init__(
        self,
        code: str,
        what: str,
        *,
        command: str,
        id: str = "",
        field: str = "",
        path: str = "",
        line: int = 0,
        where: str = "",
        milestone: str = "",
    ) -> None:
        self.code = code
        self.what = what
        self.command = command
        self.id = id
        self.field = field
        self.path = path
        self.line = line
        self.milestone = milestone
        self.where = where or (
            f"{path}:{line}" if path and line else path or f"{id or 'plan'}.{field}".rstrip(".")
        )

    @property
    def level(self) -> str:
        """`error` or `warning`."""
        return LEVELS.get(self.code, "warning")

    def as_dict(self) -> dict[str, Any]:
        """The finding as a JSON object; members that say nothing are left out."""
        found: dict[str, Any] = {"code": self.code, "level": self.level, "where": self.where}
        for name in ("id", "field", "path", "line", "milestone"):
            if value := getattr(self, name):
                found[name] = value
        return found | {"what": self.what, "command": self.command}

    def __repr__(self) -> str:
        return f"<{self.code} {self.where}>"


def milestones_of(plan: Plan) -> dict[str, str]:
    """Id of every entity → id of the milestone it stands in."""
    found: dict[str, str] = {}
    for identifier, entity in index(plan).items():
        at: Entity | None = entity
        while at is not None and at.kind != "milestone":
            at = at.above
        found[identifier] = at.id if at is not None else ""
    return found


def diverged(base: Plan, ours: Plan, theirs: Plan | None) -> list[Drift]:
    """What one side changed since `base` and the other has not got, and what both changed.

    `theirs` is the head of the server, None where it is not known.
    """
    mine = _by_place(diff(base, ours))
    yours = _by_place(diff(base, theirs)) if theirs is not None else {}
    contested = (
        {(each.id, each.field.split("/")[0]): each for each in merge(base, ours, theirs).conflicts}
        if theirs is not None
        else {}
    )
    milestones = {**milestones_of(theirs or {}), **milestones_of(ours), **milestones_of(base)}
    entities = index(base)

    def found(code: str, place: tuple[str, str], what: str, command: str) -> Drift:
        identifier, field = place
        return Drift(code, what, id=identifier, field=field, command=command,
                     milestone=milestones.get(identifier, ""))  # fmt: skip

    findings = [
        found("field_contested", place, _contested(each.as_dict()), "br sync && br reconcile")
        for place, each in contested.items()
    ]
    for code, side, other in (("field_unsent", mine, yours), ("field_behind", yours, mine)):
        for place, operation in side.items():
            if place in contested or other.get(place) == operation:
                continue
            words = describe(operation, base, entities=entities)
            findings.append(found(code, place, words, "br sync"))
    return findings


def _contested(conflict: dict[str, Any]) -> str:
    return "both sides changed " + (
        f"{conflict['id'] or 'the plan'} {conflict['field']}"
        + (f" of “{conflict['title']}”" if conflict.get("title") else "")
    )


def _by_place(operations: list[Operation]) -> dict[tuple[str, str], Operation]:
    found = {}
    for operation in operations:
        verb = operation["op"]
        if verb == "add":
            place = (str(operation["value"].get("id")), "entity")
        elif verb == "remove":
            place = (operation["id"], "entity")
        elif verb == "move":
            place = (operation["id"], "position")
        elif operation["id"] == ROOT and operation["field"] in _PASSING:
            continue
        else:
            place = (operation["id"], operation["field"])
        found[place] = operation
    return found


def conflict_digest(conflict: dict[str, Any], **changed: Any) -> str:
    """`sha256:` and what a conflict asks: its id, field and the three values, `changed` in them.

    A decision answers this question and no other: when a value moves, the digest does.
    """
    from hashlib import sha256

    asked = {**conflict, **changed}
    values = {name: asked[name] for name in _SIDES if name in asked}
    content = [asked.get("id", ""), asked.get("field", ""), values]
    return "sha256:" + sha256(canonical(content)).hexdigest()


class Names:
    """Which microsteps texts name by the ids of a plan, and what only looks like one.

    `former` are ids of plans before: their microsteps are gone, and known to have been.
    """

    # What is written like an id: parts joined by dots, each of letters and a number.
    _LIKE = r"[A-Za-z]+[0-9]+(?:\.[A-Za-z]+[0-9]+){2,}"
    _EDGES = (r"(?<![\w.-])(?:", r")(?![\w-]|\.\w)")
    _MOST_SHAPES = 50

    def __init__(self, plan: Plan, former: set[str] | None = None) -> None:
        self._all = set(index(plan))
        self.known: dict[str, str] = {}
        for entity in microsteps(plan):
            self.known[entity.id] = entity.id
        for entity in microsteps(plan):
            for alias in aliases(entity.value):
                self.known.setdefault(alias, entity.id)
        self.former = (former or set()) - self._all
        shapes = dict.fromkeys(
            re.sub(r"\d+", "[0-9]+", re.escape(name))
            for name in self.known
            if re.search(r"\d", name) and re.search(r"[.-]", name)
        )
        start, end = self._EDGES
        likely = [self._LIKE, *list(shapes)[: self._MOST_SHAPES]]
        self._likely = re.compile(start + "|".join(likely) + end)
        exact = sorted((n for n in self.known if n not in shapes), key=len, reverse=True)
        self._exact = re.compile(start + "|".join(map(re.escape, exact)) + end) if exact else None

    def named(self, text: str) -> list[str]:
        """The microsteps that a text names, by their ids of today."""
        if self._exact is None:
            return []
        return list(dict.fromkeys(self.known[each] for each in self._exact.findall(text)))

    def unknown(self, text: str) -> list[str]:
        """What a text writes like an id and the plan has not."""
        found = dict.fromkeys(self._likely.findall(text))
        return [each for each in found if each not in self.known and each not in self._all]
