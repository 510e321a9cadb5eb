"""What a report may hold, and what a choice comes to."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.server.domains.workbench.errors.reconcile import ChoiceInvalid
from buildrunner.server.domains.workbench.types.reconcile import CHOICES, Conflict, Finding
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.conflicts import OURS, THEIRS, resolutions_from_json
from buildrunner.spec.drift import LEVELS, conflict_digest
from buildrunner.spec.errors import SpecError
from buildrunner.spec.values import ABSENT, same

MOST_FINDINGS = 2_000
MOST_CONFLICTS = 500
MOST_MEETINGS = 200
MOST_ITEMS = 100
LONGEST_TEXT = 2_000
LONGEST_VALUE = 256 * 1024
# What of a value an event repeats; the row keeps all of it.
LONGEST_TOLD = 4_000
_KINDS = ("field", "entity", "reference", "position", "cycle")
_TEXTS = ("where", "id", "field", "path", "milestone", "what", "command")


def clean_findings(given: list[Any]) -> list[Finding]:
    """Findings in the form they are kept in. Raises Invalid."""
    if len(given) > MOST_FINDINGS:
        raise Invalid(f"send at most {MOST_FINDINGS:,} findings", field="findings")
    found = []
    for place, one in enumerate(given):
        if not isinstance(one, dict) or not isinstance(one.get("code"), str):
            raise Invalid(f"findings[{place}]: an object with a code is wanted", field="findings")
        code = one["code"]
        if not 0 < len(code) <= 64 or not code.replace("_", "").isalnum() or not code.isascii():
            raise Invalid(f"findings[{place}].code is no name of a kind", field="findings")
        kept: Finding = {"code": code, "level": LEVELS.get(code, "warning")}
        kept |= {name: _text(one.get(name)) for name in _TEXTS if one.get(name)}
        line = one.get("line")
        if isinstance(line, int) and line > 0:
            kept["line"] = line
        found.append(kept)
    return found


def clean_conflicts(given: list[Any]) -> list[Conflict]:
    """Conflicts as `spec.conflicts` writes them, each with its digest. Raises Invalid."""
    if len(given) > MOST_CONFLICTS:
        raise Invalid(f"send at most {MOST_CONFLICTS:,} conflicts", field="conflicts")
    return [_conflict(place, one) for place, one in enumerate(given)]


def _conflict(place: int, one: Any) -> Conflict:
    where = f"conflicts[{place}]"
    if not isinstance(one, dict):
        raise Invalid(f"{where}: an object is wanted", field="conflicts")
    for name in ("id", "field", "kind"):
        if not isinstance(one.get(name), str) or len(one[name]) > LONGEST_TEXT:
            raise Invalid(f"{where}.{name}: a short text is wanted", field="conflicts")
    if one["kind"] not in _KINDS:
        raise Invalid(f"{where}.kind: one of {', '.join(_KINDS)}", field="conflicts")
    kept = {name: one[name] for name in ("id", "kind", "field")}
    for side in ("base", "ours", "theirs"):
        if side in one:
            if len(json.dumps(one[side])) > LONGEST_VALUE:
                raise Invalid(f"{where}.{side} is too large", field="conflicts")
            kept[side] = one[side]
    kept["title"] = _text(one.get("title"))
    if isinstance(one.get("referrers"), list):
        kept["referrers"] = [_text(each) for each in one["referrers"][:MOST_ITEMS]]
    author = one.get("author")
    if isinstance(author, dict):
        kept["author"] = {"name": _text(author.get("name")), "kind": _text(author.get("kind"))}
    if isinstance(one.get("time"), str):
        kept["time"] = one["time"][:40]
    try:
        kept["digest"] = conflict_digest(kept)
    except SpecError as error:
        raise Invalid(f"{where}: {error.message}", field="conflicts") from None
    return kept


def clean_overlaps(given: list[Any]) -> list[dict[str, Any]]:
    """Pairs of branches with where they meet. Raises Invalid."""
    if len(given) > MOST_MEETINGS:
        raise Invalid(f"send at most {MOST_MEETINGS:,} overlaps", field="overlaps")
    found = []
    for place, one in enumerate(given):
        branches = one.get("branches") if isinstance(one, dict) else None
        if not isinstance(branches, list) or len(branches) != 2:
            raise Invalid(f"overlaps[{place}].branches: two names are wanted", field="overlaps")
        items = [
            *(_item(each, commits=False) for each in _objects(one.get("meetings"))),
            *(_item(each, commits=True) for each in _objects(one.get("commits"))),
        ]
        found.append({"branches": [_text(name)[:255] for name in branches], "items": items})
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, dict)][:MOST_ITEMS]


def _item(one: dict[str, Any], *, commits: bool) -> dict[str, Any]:
    def words(side: str) -> list[str]:
        said = one.get(side)
        listed = said.get("words") if isinstance(said, dict) else said
        return [_text(each) for each in listed[:20]] if isinstance(listed, list) else []

    fields = one.get("fields")
    return {
        "id": _text(one.get("id")),
        "title": _text(one.get("title")),
        "commits": commits,
        "conflict": bool(one.get("conflict")),
        "fields": [_text(each) for each in fields[:20]] if isinstance(fields, list) else [],
        "ours": words("ours"),
        "theirs": words("theirs"),
    }


def _text(value: Any) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def counts_of(findings: list[Finding]) -> dict[str, int]:
    """How many there are of each kind."""
    found: dict[str, int] = {}
    for each in findings:
        found[each["code"]] = found.get(each["code"], 0) + 1
    return found


def can_both(conflict: Conflict) -> bool:
    """Whether both values can stand together: two lists."""
    return conflict["kind"] == "field" and all(
        isinstance(conflict.get(side), list) for side in ("ours", "theirs")
    )


def is_field(conflict: Conflict) -> bool:
    """Whether it is about a whole field, which can be written by itself."""
    return conflict["kind"] == "field" and "/" not in conflict["field"]


def both_of(conflict: Conflict) -> list[Any]:
    """Theirs, and after it what only ours has."""
    found = list(conflict["theirs"])
    for item in conflict["ours"]:
        if not any(same(item, each) for each in found):
            found.append(item)
    return found


def resolution_of(conflict: Conflict, choice: str, value: Any = ABSENT) -> dict[str, Any]:
    """The decision as `spec.conflicts` writes it. Raises ChoiceInvalid."""
    place = {"id": conflict["id"], "field": conflict["field"]}
    if choice in ("ours", "theirs"):
        return place | {"take": choice}
    if choice == "both":
        if not can_both(conflict):
            raise ChoiceInvalid("Both can stand together only where both are lists.")
        return place | {"value": both_of(conflict)}
    if choice != "value":
        raise ChoiceInvalid(f"choice: one of {', '.join(CHOICES)}", field="choice")
    if conflict["kind"] != "field":
        raise ChoiceInvalid("Another value can stand only for a field: choose ours or theirs.")
    if value is ABSENT:
        return place | {"absent": True}
    if len(json.dumps(value)) > LONGEST_VALUE:
        raise ChoiceInvalid("The value is too large.", field="value")
    made = place | {"value": value}
    try:
        resolutions_from_json([made])
    except SpecError as error:
        raise ChoiceInvalid(error.message, field="value") from None
    return made


def value_of(conflict: Conflict, resolution: dict[str, Any]) -> Any:
    """What the field holds once it is decided so; ABSENT where it is taken out."""
    (decided,) = resolutions_from_json([resolution]).values()
    if decided is OURS:
        return conflict.get("ours", ABSENT)
    return conflict.get("theirs", ABSENT) if decided is THEIRS else decided


def answers_of(conflict: Conflict, value: Any) -> list[str]:
    """The digests that a decision answers: as shown, and with the value in the plan."""
    after = {name: each for name, each in conflict.items() if name != "theirs"}
    if value is not ABSENT:
        after["theirs"] = value
    return list(dict.fromkeys([conflict["digest"], conflict_digest(after)]))


def told(conflict: Conflict, value: Any) -> dict[str, Any]:
    """The values for an event, as far as they are short."""
    sides: dict[str, Any] = {
        side: conflict[side] for side in ("base", "ours", "theirs") if side in conflict
    }
    if value is not ABSENT:
        sides["value"] = value
    return {
        name: each if len(json.dumps(each)) <= LONGEST_TOLD else {"shortened": True}
        for name, each in sides.items()
    }
