"""Fragments come into a plan: as operations, the same for the same input, with explicit choices.

A part of a pack is known in a plan by its `source` (`auth@1.2.0#m1.s1`), so a second apply
changes nothing and a later version is a three-way merge: what the pack changed comes in, what
people changed stays, what both changed is a choice. The base is the earlier version where the
caller has it, else what `source.fields` tells: a short hash of each value as the pack wrote it.

The plan's root keeps what is in it: `blueprints: {NAME: {version, digest, parameters, parts}}`.
"""

from __future__ import annotations

from buildrunner.spec.blueprints.choices import KEEP, Choice, Decisions
from buildrunner.spec.blueprints.landing import Landing
from buildrunner.spec.blueprints.standing import Standing, entry_of
from buildrunner.spec.blueprints.versions import key, satisfies
from buildrunner.spec.diff import diff
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from buildrunner.spec.blueprints.rendering import Fragment

    Plan = dict[str, Any]
    Resolutions = Mapping[tuple[str, str], str]


class Combination:
    """What combining gave: `document`, `operations` to it, open `conflicts`, `notes`, `counts`.

    Where a choice is open the document keeps what the plan has.
    """

    __slots__ = ("conflicts", "counts", "document", "notes", "operations")

    def __init__(self, plan: Plan, document: Plan) -> None:
        self.document = document
        self.operations = diff(plan, document)
        self.conflicts: list[Choice] = []
        self.notes: list[str] = []
        self.counts: dict[str, int] = {}

    @property
    def clean(self) -> bool:
        return not self.conflicts


def combine(
    plan: Plan,
    *fragments: Fragment,
    resolutions: Resolutions | None = None,
    bases: Mapping[str, Fragment] | None = None,
) -> Combination:
    """The plan with these fragments in it; the inputs stay as they are.

    `resolutions` answers choices: (id, field) → "keep", "take" or "both". `bases` holds earlier
    versions by pack, filled in with the values they were applied with.

    Raises SpecError `blueprint_requires`, `blueprint_older`, `blueprint_twice` or
    `blueprint_field`.
    """
    decisions = Decisions(resolutions)
    _check(plan, fragments)
    notes: list[str] = []
    counts: dict[str, int] = {"added": 0, "updated": 0, "unchanged": 0, "left_out": 0}
    document = plan
    for fragment in _ordered(fragments):
        if not _wanted(document, fragment, fragments, decisions):
            notes.append(f"{fragment.name} stays out: the plan keeps what excludes it")
            continue
        landing = Landing(document, fragment, decisions, (bases or {}).get(fragment.name))
        document = landing.run()
        notes += landing.notes
        for name, count in landing.counts.items():
            counts[name] += count
    if fragments:
        document, told = Standing(document).link()
        notes += told
    result = Combination(plan, document)
    result.conflicts = decisions.open
    result.notes = notes
    result.counts = counts
    return result


def _check(plan: Plan, fragments: Sequence[Fragment]) -> None:
    known = plan.get("blueprints")
    if known is not None and known.__class__ is not dict:
        raise SpecError(
            "blueprint_field",
            "the plan has a field `blueprints` of its own that is no object",
            pointer="/blueprints",
            hint="rename that field: it would hold which packs are in the plan",
        )
    arriving: dict[str, str] = {}
    for fragment in fragments:
        if fragment.name in arriving:
            raise SpecError("blueprint_twice", f"{fragment.name} is named twice", hint="once does")
        arriving[fragment.name] = fragment.version
        _check_age(plan, fragment)
    for fragment in fragments:
        missing = [row for row in _required(fragment) if not _met(plan, arriving, row)]
        if missing:
            told = ", ".join(f"{row['name']} {row.get('version', '*')}" for row in missing)
            raise SpecError(
                "blueprint_requires",
                f"{fragment.name} {fragment.version} needs {told}",
                hint="apply it first, or in the same go: "
                + " ".join(["br blueprint apply", *(row["name"] for row in missing)]),
            )


def _check_age(plan: Plan, fragment: Fragment) -> None:
    entry = entry_of(plan, fragment.name)
    standing = key(str(entry.get("version", "")))
    arriving = key(fragment.version)
    if standing is not None and arriving is not None and arriving < standing:
        raise SpecError(
            "blueprint_older",
            f"the plan has {fragment.name} {entry['version']}; {fragment.version} is older",
            hint="undo the later apply instead: br undo",
        )


def _required(fragment: Fragment) -> list[dict[str, Any]]:
    return [row for row in fragment.document.get("requires", ()) if not row.get("optional")]


def _met(plan: Plan, arriving: Mapping[str, str], row: Mapping[str, Any]) -> bool:
    version = arriving.get(row["name"]) or str(entry_of(plan, row["name"]).get("version", ""))
    return satisfies(version, row.get("version", "*"))


def _wanted(
    plan: Plan, fragment: Fragment, fragments: Sequence[Fragment], decisions: Decisions
) -> bool:
    """Whether nothing excludes the pack, or somebody decided to have both."""
    entry = entry_of(plan, fragment.name)
    if entry:
        return _same_origin(entry, fragment, decisions)  # excluding was decided when it came
    wanted = True
    excluded = [(row, fragment) for row in fragment.document.get("conflicts", ())]
    for other in fragments:
        if entry_of(plan, other.name):
            rows = other.document.get("conflicts", ())
            excluded += [(row, other) for row in rows if row["name"] == fragment.name]
    for row, owner in excluded:
        other_name = row["name"] if owner is fragment else owner.name
        version = str(entry_of(plan, other_name).get("version", ""))
        judged = version if owner is fragment else fragment.version
        if not version or not satisfies(judged, row.get("version", "*")):
            continue
        choice = Choice(
            other_name,
            "pack",
            "excluded",
            f"{fragment.name} and {other_name}",
            ours=f"{other_name} {version}",
            theirs=f"{fragment.name} {fragment.version}",
            choices=("keep", "both"),
            reason=str(row.get("reason", "")),
        )
        wanted = decisions.answer(choice) != KEEP and wanted
    return wanted


def _same_origin(entry: Mapping[str, Any], fragment: Fragment, decisions: Decisions) -> bool:
    """Whether the pack in the plan is of the same publisher, or somebody decided to change."""
    known = str(entry.get("origin", ""))
    if not known or not fragment.origin or known == fragment.origin:
        return True
    choice = Choice(
        fragment.name,
        "origin",
        "other_origin",
        fragment.name,
        ours=known,
        theirs=fragment.origin,
        choices=("keep", "take"),
        reason="another publisher calls a pack of its own by the same name",
    )
    return decisions.answer(choice) != KEEP


def _ordered(fragments: Sequence[Fragment]) -> list[Fragment]:
    """Required packs first; else by name, so that the order they are named in does not matter."""
    waiting = {fragment.name: fragment for fragment in sorted(fragments, key=lambda f: f.name)}
    placed: list[Fragment] = []
    while waiting:
        free = [
            fragment
            for fragment in waiting.values()
            if not any(
                row["name"] in waiting and row["name"] != fragment.name
                for row in fragment.document.get("requires", ())
            )
        ]
        chosen = free[0] if free else next(iter(waiting.values()))
        placed.append(waiting.pop(chosen.name))
    return placed
