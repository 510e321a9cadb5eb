"""Conflicts as data, and the decisions people take on them.

A resolution answers the conflict (id, field). It is OURS, THEIRS, ABSENT (the field is taken
out, the entity is removed) or a value:

- field conflicts: the value the field shall have;
- `entity`: any value keeps the entity; the fields of an object are taken over (its id and its
  children are not: edit those afterwards);
- `position`: `{"parent": id, "after": sibling id or null}`.

The key ("*", "*") answers everything that has no answer of its own. On the wire a resolution
is `{"id", "field", "value"}`, `{"id", "field", "absent": true}` or
`{"id", "field", "take": "ours" | "theirs"}`.
"""

from __future__ import annotations

from buildrunner.spec.errors import SpecError
from buildrunner.spec.values import ABSENT, flaw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    Resolutions = Mapping[tuple[str, str], Any]

ENTITY: Final = "entity"
POSITION: Final = "position"
EVERYTHING: Final = ("*", "*")


class Side:
    """The answer "as on this side"."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name.upper()


OURS: Final = Side("ours")
THEIRS: Final = Side("theirs")


class Conflict:
    """Two edits that cannot both stand. Values are ABSENT where a version has none.

    `field` is a field's name, with the way below it where only a part of an object is
    contested (`note/x`; `~` and `/` in names escaped as in RFC 6901), or "entity", or
    "position". `kind`:

    - `field`: both sides changed it, differently;
    - `entity`: one side removed the entity, the other changed it or what is below it;
    - `reference`: one side removed the entity, the other made `referrers` depend on it;
    - `position`: both sides moved it, to different parents;
    - `cycle`: both sides' dependencies together would form a circle.
    """

    __slots__ = ("base", "field", "id", "kind", "ours", "referrers", "theirs", "title")

    def __init__(
        self, identifier: str, field: str, kind: str, values: Sequence[Any], title: str
    ) -> None:
        self.id = identifier
        self.field = field
        self.kind = kind
        self.base, self.ours, self.theirs = values
        self.title = title
        self.referrers: list[str] = []

    def as_dict(self) -> dict[str, Any]:
        """id, kind, field, title, and base, ours, theirs where there is such a value."""
        data: dict[str, Any] = {"id": self.id, "kind": self.kind, "field": self.field}
        values = {"base": self.base, "ours": self.ours, "theirs": self.theirs}
        data.update({name: value for name, value in values.items() if value is not ABSENT})
        data["title"] = self.title
        if self.referrers:
            data["referrers"] = list(self.referrers)
        return data

    def __repr__(self) -> str:
        return f"<Conflict {self.kind} {self.id!r} {self.field!r}>"


class Decisions:
    """The conflicts met so far, and the answers given to them in advance."""

    __slots__ = ("conflicts", "resolutions")

    def __init__(self, resolutions: Resolutions | None) -> None:
        self.resolutions = resolutions or {}
        self.conflicts: list[Conflict] = []

    def answer(self, conflict: Conflict, names: Iterable[str]) -> Any:
        """The value that shall stand, or ours with the conflict recorded.

        `names` are further ids under which the entity may have been shown.
        """
        for identifier in (conflict.id, *names):
            given = self.resolutions.get((identifier, conflict.field), self)
            if given is not self:
                break
        else:
            given = self.resolutions.get(EVERYTHING, self)
        if given is self:
            self.conflicts.append(conflict)
            return conflict.ours
        return conflict.ours if given is OURS else conflict.theirs if given is THEIRS else given

    def open(self, conflict: Conflict) -> bool:
        """Whether the conflict met last is this one: nobody answered it yet."""
        return bool(self.conflicts) and self.conflicts[-1] is conflict


def resolutions_from_json(items: Any) -> dict[tuple[str, str], Any]:
    """Resolutions as they came over the wire. Raises SpecError `invalid_resolution`."""
    if items.__class__ is not list:
        raise _invalid("the resolutions are no list")
    found: dict[tuple[str, str], Any] = {}
    for position, item in enumerate(items):
        if item.__class__ is not dict:
            raise _invalid(f"resolution {position} is no object")
        identifier, field = item.get("id"), item.get("field")
        if not isinstance(identifier, str) or not isinstance(field, str):
            raise _invalid(f"resolution {position} names no id and field")
        key = (identifier, field)
        rest = item.keys() - {"id", "field"}
        if rest == {"take"} and item["take"] in ("ours", "theirs"):
            found[key] = OURS if item["take"] == "ours" else THEIRS
        elif rest == {"absent"} and item["absent"] is True:
            found[key] = ABSENT
        elif rest == {"value"}:
            if (fault := flaw(item["value"])) is not None:
                raise _invalid(f"resolution {position}: {fault}")
            found[key] = item["value"]
        else:
            raise _invalid(f"resolution {position} is not exactly one of value, absent and take")
    return found


def resolutions_to_json(resolutions: Resolutions) -> list[dict[str, Any]]:
    """The same, to be sent."""
    items: list[dict[str, Any]] = []
    for (identifier, field), value in resolutions.items():
        item: dict[str, Any] = {"id": identifier, "field": field}
        if isinstance(value, Side):
            item["take"] = value.name
        elif value is ABSENT:
            item["absent"] = True
        else:
            item["value"] = value
        items.append(item)
    return items


def _invalid(message: str) -> SpecError:
    hint = "send {id, field, value}, {id, field, absent: true} or {id, field, take: ours|theirs}"
    return SpecError("invalid_resolution", message, hint=hint)
