"""Criteria and the checks that name them by index: an edit of the list must not move a check.

A check says `criterion: 1`. Where criteria are inserted, removed or reordered the index follows the
text it stood for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Judge = Callable[[str, Any, Any, Any], Any]


def moved(old: list[Any], new: list[Any]) -> dict[int, int]:
    """Old index → new index; what is gone is left out.

    Equal texts belong together in their order; a text that was rewritten keeps its place.
    """
    places: dict[str, list[int]] = {}
    for place in range(len(new) - 1, -1, -1):
        places.setdefault(_key(new[place]), []).append(place)
    found: dict[int, int] = {}
    for place, text in enumerate(old):
        waiting = places.get(_key(text))
        if waiting:
            found[place] = waiting.pop()
    taken = set(found.values())
    if len(old) == len(new):
        found.update(
            (place, place) for place in range(len(old)) if place not in found and place not in taken
        )
    return found


def followed(checks: list[Any], old: list[Any], new: list[Any]) -> list[Any]:
    """The checks after `criteria` changed from `old` to `new`; those of a removed one go too."""
    places = moved(old, new)
    kept = []
    for check in checks:
        index = check.get("criterion") if check.__class__ is dict else None
        if index.__class__ is not int or not 0 <= index < len(old):
            kept.append(check)
        elif index in places:
            kept.append(check if places[index] == index else {**check, "criterion": places[index]})
    return kept


def dealt(checks: list[Any], kept: list[int]) -> list[Any]:
    """The checks of a part that gets these criteria, in this order; those for all go to each."""
    found = []
    for check in checks:
        index = check.get("criterion") if check.__class__ is dict else None
        if index.__class__ is not int:
            found.append(check)
        elif index in kept:
            found.append({**check, "criterion": kept.index(index)})
    return found


def gathered(values: list[dict[str, Any]], criteria: Any) -> list[Any]:
    """The checks of several microsteps for the united `criteria`.

    What stood for all criteria of one microstep stands for exactly these afterwards: its definition
    stays, so that its evidence does.
    """
    united = criteria if criteria.__class__ is list else []
    places = {_key(text): place for place, text in reversed([*enumerate(united)])}
    found: list[Any] = []
    taken: set[Any] = set()
    for value in values:
        checks, texts = value.get("checks"), value.get("criteria")
        known = texts if texts.__class__ is list else []
        for check in checks if checks.__class__ is list else ():
            if check.__class__ is not dict:
                found.append(check)
                continue
            index = check.get("criterion")
            wanted = [index] if index.__class__ is int else range(len(known))
            for number in wanted:
                place = places.get(_key(known[number])) if 0 <= number < len(known) else None
                row = {**check, "criterion": len(united) if place is None else place}
                if row not in found:
                    found.append(_renamed(row, taken))
    return found


def _renamed(check: dict[str, Any], taken: set[Any]) -> dict[str, Any]:
    name = check.get("id")
    if name.__class__ is not str:
        return check
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return check if free == name else {**check, "id": free}


class Mark(str):
    """A criterion by its text while versions are merged; `place` is where its version has it."""

    __slots__ = ("place",)
    place: int


def named(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields whose checks name criteria by text instead of by index, for a merge."""
    checks, criteria = fields.get("checks"), fields.get("criteria")
    if checks.__class__ is not list or criteria.__class__ is not list:
        return fields
    return {**fields, "checks": [_named(check, criteria) for check in checks]}


def _named(check: Any, criteria: list[Any]) -> Any:
    index = check.get("criterion") if check.__class__ is dict else None
    if index.__class__ is not int or not 0 <= index < len(criteria):
        return check
    key = _key(criteria[index])
    count = sum(_key(each) == key for each in criteria[:index])
    mark = Mark(f"{count} {key}")
    mark.place = index
    return {**check, "criterion": mark}


def numbered(fields: dict[str, Any]) -> dict[str, Any]:
    """The reverse, after a merge; a text that is gone becomes an index beyond the last one."""
    checks, criteria = fields.get("checks"), fields.get("criteria")
    if checks.__class__ is not list:
        return fields
    known = criteria if criteria.__class__ is list else []
    return {**fields, "checks": [_numbered(check, known) for check in checks]}


def _numbered(check: Any, criteria: list[Any]) -> Any:
    mark = check.get("criterion") if check.__class__ is dict else None
    if mark.__class__ is not Mark:
        return check
    count, _, key = mark.partition(" ")
    places = [place for place, each in enumerate(criteria) if _key(each) == key]
    index = places[min(int(count), len(places) - 1)] if places else len(criteria)
    return {**check, "criterion": index}


def by_index(judge: Judge) -> Judge:
    """A judge that is shown indexes: what it chooses of the three values is kept as it was."""

    def ask(way: str, base: Any, ours: Any, theirs: Any) -> Any:
        shown = [_plain(value) for value in (base, ours, theirs)]
        answer = judge(way, *shown)
        for value, seen in zip((base, ours, theirs), shown, strict=True):
            if answer is seen:
                return value
        return answer

    return ask


def _plain(value: Any) -> Any:
    if value.__class__ is Mark:
        return value.place
    if value.__class__ is dict and value.get("criterion").__class__ is Mark:
        return {**value, "criterion": value["criterion"].place}
    if value.__class__ is list:
        return [_plain(member) for member in value]
    return value


def _key(text: Any) -> str:
    return text if text.__class__ is str else f"{text.__class__.__name__} {text!r}"
