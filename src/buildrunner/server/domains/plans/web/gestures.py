"""What the list of the plan sends: one gesture of a visitor as an edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import QueryDict

from buildrunner.server.domains.plans.facade import (
    AddEdit,
    MergeEdit,
    MoveEdit,
    Part,
    PlanEdit,
    RemoveEdit,
    Seen,
    SetEdit,
    SplitEdit,
)
from buildrunner.server.domains.plans.web.forms import MAX_TITLE
from buildrunner.server.domains.plans.web.outline import STATUSES
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.values import ABSENT

MAX_IDS = 5000
MAX_PARTS = 50
PRIORITIES = ("P1", "P2", "P3")
MAX_EFFORT = 100
MAX_TEXT = 200


class Gesture(NamedTuple):
    """An edit, and the ids whose fields alone it changes (None: it changes the structure)."""

    edit: PlanEdit
    ids: list[str] | None = None
    seen: tuple[Seen, ...] = ()


def read_gesture(form: QueryDict) -> Gesture:
    """From a form; `do` names the gesture. Raises Invalid with the field that is wrong."""
    reader = _READERS.get(form.get("do", ""))
    if reader is None:
        raise Invalid(
            f"{form.get('do', '')!r} is nothing that this page can do.", code="unknown_edit"
        )
    return reader(form)


def _add(form: QueryDict) -> Gesture:
    title = read_title(form.get("title", ""))
    parent, after = form.get("parent", ""), form.get("after")
    return Gesture(AddEdit(parent, title, after=after or None, first="first" in form))


def _set(form: QueryDict) -> Gesture:
    ids, name = _ids(form), form.get("field", "")
    read = _VALUES.get(name)
    if read is None:
        raise Invalid(f"{name!r} cannot be set here.", code="field_unknown", field=name)
    value = read(form.get("value", "").strip())
    seen: tuple[Seen, ...] = ()
    if len(ids) == 1 and "base" in form:
        seen = (Seen(ids[0], name, read(form.get("base", "").strip())),)
    return Gesture(SetEdit(ids, name, value), ids, seen)


def _move(form: QueryDict) -> Gesture:
    edit = MoveEdit(
        _ids(form), form.get("parent", ""), after=form.get("after") or None, first="first" in form
    )
    return Gesture(edit)


def _split(form: QueryDict) -> Gesture:
    titles = [line.strip() for line in form.get("titles", "").splitlines() if line.strip()]
    if not 2 <= len(titles) <= MAX_PARTS:
        raise Invalid(
            f"Write 2 to {MAX_PARTS} titles, one a line; there {_are(len(titles))}.",
            code="parts_wrong",
            field="titles",
        )
    groups: list[list[int | str]] = [[] for _ in titles]
    fresh: list[list[str]] = [[] for _ in titles]
    names = form.getlist("member")  # ids of microsteps; none for criteria, which have places
    for place, text in enumerate(form.getlist("at")):
        part = _part(text, len(titles))
        groups[part].append(names[place] if place < len(names) else place)
    for text in form.getlist("fresh"):
        name, _, words = text.partition(":")
        if words.strip():
            fresh[_part(name, len(titles))].append(" ".join(words.split()))
    for number, title in enumerate(titles):
        if not groups[number] and not fresh[number]:
            what = "microstep" if names else "criterion"
            raise Invalid(
                f"Part {number + 1}, “{title[:80]}”, has no {what}: give it one.",
                code="part_empty",
                field="at",
            )
    parts = [
        Part(read_title(title, "titles"), group, criteria)
        for title, group, criteria in zip(titles, groups, fresh, strict=True)
    ]
    return Gesture(SplitEdit(form.get("id", ""), parts))


def _part(text: str, count: int) -> int:
    if not text.isdecimal() or len(text) > 3 or int(text) >= count:
        raise Invalid("Choose a part for each line.", code="part_unknown", field="at")
    return int(text)


def _merge(form: QueryDict) -> Gesture:
    ids = _ids(form)
    keep = form.get("keep", "")
    if keep in ids:
        ids = [keep, *(name for name in ids if name != keep)]
    return Gesture(MergeEdit(ids, title=read_title(form.get("title", ""))))


def _remove(form: QueryDict) -> Gesture:
    return Gesture(RemoveEdit(_ids(form), cascade="cascade" in form))


_READERS: dict[str, Callable[[QueryDict], Gesture]] = {
    "add": _add,
    "set": _set,
    "move": _move,
    "split": _split,
    "merge": _merge,
    "remove": _remove,
}


def _ids(form: QueryDict) -> list[str]:
    ids = list(dict.fromkeys(form.getlist("id")))
    if not 0 < len(ids) <= MAX_IDS:
        raise Invalid(f"Choose 1 to {MAX_IDS:,} entries; there {_are(len(ids))}.", code="ids_wrong")
    return ids


def read_title(text: str, field: str = "title") -> str:
    """A title on one line; raises Invalid where it is empty or too long."""
    title = " ".join(text.split())
    if not title:
        raise Invalid("A title cannot be empty.", code="title_empty", field=field)
    if len(title) > MAX_TITLE:
        raise Invalid(
            f"A title has at most {MAX_TITLE:,} characters; this one has {len(title):,}.",
            code="title_too_long",
            field=field,
        )
    return title


def _status(text: str) -> str:
    if text not in STATUSES:
        raise Invalid(
            f"{text!r} is no status; use one of {', '.join(STATUSES)}.",
            code="status_unknown",
            field="status",
        )
    return text


def _priority(text: str) -> Any:
    if text and text not in PRIORITIES:
        raise Invalid(
            f"{text!r} is no priority; use one of {', '.join(PRIORITIES)}.",
            code="priority_unknown",
            field="priority",
        )
    return text or ABSENT


def _effort(text: str) -> Any:
    if not text:
        return ABSENT
    if not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= MAX_EFFORT:
        raise Invalid(
            f"Effort is a whole number from 1 to {MAX_EFFORT}; {text[:40]!r} is none.",
            code="effort_wrong",
            field="effort_points",
        )
    return int(text)


def _line(name: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        words = " ".join(text.split())
        if len(words) > MAX_TEXT:
            raise Invalid(
                f"{name.capitalize()} has at most {MAX_TEXT} characters; this has {len(words)}.",
                code=f"{name}_too_long",
                field=name,
            )
        return words or ABSENT

    return read


_VALUES: dict[str, Callable[[str], Any]] = {
    "status": _status,
    "priority": _priority,
    "effort_points": _effort,
    "owner": _line("owner"),
    "phase": _line("phase"),
}


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"
