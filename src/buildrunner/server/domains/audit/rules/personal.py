"""What of an event tells of people, and of whom: that is sealed as a digest alone.

Members are known by their names, so that the events of a new room are covered before anybody
thinks of it. What is withheld without need costs nothing but a disclosure; what is sealed in clear
can never be taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from buildrunner.ledger import record as ledger

# Names, addresses, and free text in which somebody may be named.
_PERSONAL: Final = frozenset(
    {
        *("name", "email", "label", "holder", "author", "approver", "reviewer", "from_email"),
        *("note", "reason", "message", "justification", "comment", "text", "description"),
    }
)
# Kinds whose members of that name are not of a person.
_PLAIN: Final[dict[str, frozenset[str]]] = {
    "webhook.disabled": frozenset({"reason"}),
    "webhook.created": frozenset({"description"}),
}
# Kinds whose subject is a person.
_OF_PEOPLE: Final = ("member.", "account.", "project.member_")


class Parted(NamedTuple):
    """An event without its personal data, and those: (person, disclosure)."""

    actor: Mapping[str, Any]
    data: Mapping[str, Any]
    taken: list[tuple[str, str]]


def part(
    kind: str,
    actor: Mapping[str, Any],
    subject: str,
    data: Mapping[str, Any],
    salts: Iterator[bytes],
) -> Parted:
    """Take personal data out of an event; what is left is sealed in clear."""
    taken: list[tuple[str, str]] = []
    who = str(actor.get("id") or "")
    if actor.get("kind") != "system":
        left: dict[str, Any] = {}
        for name, value in actor.items():
            if name not in _PERSONAL:
                left[name] = value
            elif value:
                taken.append((who, ledger.disclose(f"/actor/{name}", value, salt=next(salts))))
        if taken:
            actor = left
    if data:
        whom = subject if kind.startswith(_OF_PEOPLE) else who
        plain = _PLAIN.get(kind)
        personal = _PERSONAL - plain if plain else _PERSONAL
        data = _without(data, "/payload/data", _Taking(whom, personal, taken, salts))
    return Parted(actor, data, taken)


def person_of_address(email: str) -> str:
    """The stable name of somebody of whom only an address is known."""
    return f"email:{sha256(email.strip().lower().encode()).hexdigest()[:32]}"


class _Taking(NamedTuple):
    """Of whom, which members, where to, and what they are salted with."""

    whom: str
    personal: frozenset[str]
    taken: list[tuple[str, str]]
    salts: Iterator[bytes]


def _without(data: Mapping[str, Any], pointer: str, taking: _Taking) -> dict[str, Any]:
    whom, personal, taken, salts = taking
    left: dict[str, Any] = {}
    for name, value in data.items():
        if name in personal and value and value is not True:
            owner = whom
            if name.endswith("email") and isinstance(value, str) and "@" in value:
                owner = person_of_address(value)
            place = f"{pointer}/{ledger.escaped(name)}"
            taken.append((owner, ledger.disclose(place, value, salt=next(salts))))
        elif value.__class__ is dict:
            left[name] = _without(value, f"{pointer}/{ledger.escaped(name)}", taking)
        elif value.__class__ is list and dict in map(type, value):
            place = f"{pointer}/{ledger.escaped(name)}"
            left[name] = [
                _without(one, f"{place}/{index}", taking) if one.__class__ is dict else one
                for index, one in enumerate(value)
            ]
        else:
            left[name] = value
    return left
