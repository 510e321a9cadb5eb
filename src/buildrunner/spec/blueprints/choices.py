"""Choices as data: where a pack and a plan cannot both stand, somebody says which does.

- `field`: the pack's new version and people changed the same field, differently;
- `same_title`: the plan has a milestone of this title that did not come from the pack;
- `excluded`: the pack declares that it makes no sense beside another one;
- `other_origin`: a pack of this name is in the plan, of another publisher.

`keep` leaves what the plan has, `take` takes what the pack brings, `both` has both.
"""

from __future__ import annotations

from buildrunner.spec.errors import SpecError
from buildrunner.spec.values import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Final

KEEP: Final = "keep"
TAKE: Final = "take"
BOTH: Final = "both"
ANSWERS = (KEEP, TAKE, BOTH)
EVERYTHING = ("*", "*")


class Choice:
    """One open question, addressed by (`id`, `field`); values are ABSENT where there is none."""

    __slots__ = ("base", "choices", "field", "id", "kind", "ours", "reason", "theirs", "title")

    def __init__(
        self,
        identifier: str,
        field: str,
        kind: str,
        title: str,
        *,
        base: Any = ABSENT,
        ours: Any = ABSENT,
        theirs: Any = ABSENT,
        choices: tuple[str, ...] = (KEEP, TAKE),
        reason: str = "",
    ) -> None:
        self.id = identifier
        self.field = field
        self.kind = kind
        self.title = title
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.choices = choices
        self.reason = reason

    def as_dict(self) -> dict[str, Any]:
        """id, field, kind, title, choices, and the values there are."""
        data: dict[str, Any] = {
            "id": self.id,
            "field": self.field,
            "kind": self.kind,
            "title": self.title,
            "choices": list(self.choices),
        }
        values = {"base": self.base, "ours": self.ours, "theirs": self.theirs}
        data.update({name: value for name, value in values.items() if value is not ABSENT})
        if self.reason:
            data["reason"] = self.reason
        return data

    def __repr__(self) -> str:
        return f"<Choice {self.kind} {self.id!r} {self.field!r}>"


class Decisions:
    """What was answered, and what is `open`."""

    def __init__(self, resolutions: Mapping[tuple[str, str], str] | None) -> None:
        self._answers = dict(resolutions or {})
        self.open: list[Choice] = []

    def answer(self, choice: Choice) -> str:
        """The answer to a choice; without one it is open and the plan keeps what it has."""
        given = self._answers.get((choice.id, choice.field), self._answers.get(EVERYTHING))
        if given in choice.choices:
            return str(given)
        self.open.append(choice)
        return KEEP


def resolutions_from_json(items: Any) -> dict[tuple[str, str], str]:
    """Answers as they come over the wire: [{"id", "field", "choice"}]. Raises SpecError."""
    if items.__class__ is not list:
        raise _invalid("the resolutions are no list")
    found: dict[tuple[str, str], str] = {}
    for place, item in enumerate(items):
        row = item if item.__class__ is dict else {}
        identifier, field, choice = row.get("id"), row.get("field"), row.get("choice")
        if not (isinstance(identifier, str) and isinstance(field, str) and isinstance(choice, str)):
            raise _invalid(f"resolution {place} has no id, field and choice")
        found[identifier, field] = _known(choice)
    return found


def resolutions_from_words(words: Iterable[str]) -> dict[tuple[str, str], str]:
    """Answers as they are typed: `ID.FIELD=keep`; `*=take` answers all. Raises SpecError."""
    found: dict[tuple[str, str], str] = {}
    for word in words:
        place, sign, choice = word.rpartition("=")
        identifier, dot, field = place.rpartition(".")
        if place == "*":
            found[EVERYTHING] = _known(choice)
        elif sign and dot and identifier and field:
            found[identifier, field] = _known(choice)
        else:
            raise _invalid(f"{word[:80]!r} is not ID.FIELD=keep|take|both")
    return found


def _known(choice: str) -> str:
    if choice not in ANSWERS:
        raise _invalid(f"{choice[:40]!r} is no choice")
    return choice


def _invalid(message: str) -> SpecError:
    return SpecError("invalid_resolution", message, hint="choose keep, take or both")
