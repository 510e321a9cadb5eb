"""Counting approvals: whose count, for which state, and what is still missing.

One person is one vote within a requirement, whatever roles they have: two requirements of one
approval each need two people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from buildrunner.policy import patterns, roles
from buildrunner.policy.change import Change, Person


@dataclass(slots=True)
class Approval:
    """One approval. `head` is the state it was given for, "" where that is not recorded.

    `kind` is person, agent or service; `paths` bounds it to some paths, None means all.
    """

    id: str = ""
    name: str = ""
    email: str = ""
    roles: list[str] = field(default_factory=list)
    kind: str = "person"
    head: str = ""
    paths: list[str] | None = None

    @classmethod
    def from_dict(cls, value: Any) -> Approval:
        """The approval of a JSON object. Raises ValueError naming the member that is wrong."""
        if not isinstance(value, dict):
            raise ValueError("an approval is an object with name, roles and head")
        texts = {key: value.get(key, "") for key in ("id", "name", "email", "head")}
        kind, given, paths = value.get("kind", "person"), value.get("roles"), value.get("paths")
        if given is None:
            given = [value["role"]] if "role" in value else []
        for key, text in {**texts, "kind": kind}.items():
            if not isinstance(text, str):
                raise ValueError(f"{key}: text is wanted")
        for key, names in (("roles", given), ("paths", paths)):
            if names is not None and (
                not isinstance(names, list) or not all(isinstance(name, str) for name in names)
            ):
                raise ValueError(f"{key}: a list of text is wanted")
        for path in paths or ():
            try:
                patterns.path_expression(path)
            except Exception:
                raise ValueError(f"paths: {path!r} is no pattern of paths") from None
        if not texts["id"] and not texts["name"] and not texts["email"]:
            raise ValueError("id, name or email is missing")
        return cls(roles=given, kind=kind, paths=paths, **texts)


def identities(change: Change) -> frozenset[str]:
    """Everything that names an author of the change: of its commits, and co-authors too."""
    people: list[Person] = [commit.author for commit in change.commits]
    if change.author is not None:
        people.append(change.author)
    for commit in change.commits:
        people += _co_authors(commit.message)
    return frozenset(
        mark.strip().casefold()
        for person in people
        for mark in (person.id, person.name, person.email)
        if mark.strip()
    )


def _co_authors(message: str) -> Iterable[Person]:
    for line in message.splitlines():
        key, _, value = line.strip().partition(":")
        if key.casefold() == "co-authored-by":
            name, _, rest = value.partition("<")
            yield Person(name=name.strip(), email=rest.partition(">")[0].strip())


def counting(change: Change, approvals: Iterable[Approval], people: Any = None) -> list[Approval]:
    """Those that count: of a person, no author, and of this very state of the change.

    `people` is the section of a policy that gives roles to handles and addresses.
    """
    authors = identities(change)
    found: dict[str, Approval] = {}
    for approval in approvals:
        marks = {
            mark.strip().casefold()
            for mark in (approval.id, approval.name, approval.email)
            if mark.strip()
        }
        if approval.kind != "person" or not marks or marks & authors:
            continue
        if change.head and approval.head != change.head:
            continue  # a new push makes approvals stale
        approval = _with_roles(approval, people)
        key = (approval.id or approval.email or approval.name).strip().casefold()
        known = found.get(key)
        if known is None or (known.paths is not None and approval.paths is None):
            found[key] = _joined(approval, known)
        else:
            found[key] = _joined(known, approval)
    return list(found.values())


def _with_roles(approval: Approval, people: Any) -> Approval:
    """With the roles of `people`. Names do not count there: anybody may choose a name."""
    marks = {mark.strip().casefold() for mark in (approval.id, approval.email) if mark.strip()}
    more = [
        role
        for role, members in (people.items() if isinstance(people, dict) else ())
        if isinstance(members, list)
        and marks & {str(member).strip().lstrip("@").casefold() for member in members}
    ]
    return replace(approval, roles=[*approval.roles, *more]) if more else approval


def _joined(approval: Approval, other: Approval | None) -> Approval:
    """One person's approvals as one: the roles and paths of both."""
    if other is None:
        return approval
    paths = None
    if approval.paths is not None and other.paths is not None:
        paths = approval.paths + other.paths
    return Approval(
        approval.id, approval.name, approval.email,
        list(dict.fromkeys(approval.roles + other.roles)), "person", approval.head, paths,
    )  # fmt: skip


def for_path(approvals: Iterable[Approval], path: str) -> list[Approval]:
    """Those that cover a path."""
    return [
        approval
        for approval in approvals
        if approval.paths is None
        or any(patterns.path_matches(pattern, path) for pattern in approval.paths)
    ]


def missing(requirements: Collection[Any], approvals: Collection[Approval]) -> list[str]:
    """What is missing of a list of {"role", "count"}, as words: ["1 TechLead"]; [] when met.

    A largest matching of people to seats decides, so that somebody with two roles takes the seat
    nobody else can take.
    """
    seats: list[str] = []
    for requirement in requirements:
        role = requirement.get("role") if isinstance(requirement, dict) else None
        if isinstance(role, str):
            seats += [roles.plain(role)] * int(requirement.get("count", 1))
    held = [{roles.plain(role) for role in approval.roles} for approval in approvals]
    taken: dict[int, int] = {}  # person → seat
    empty = [
        seats[seat] for seat in range(len(seats)) if not _seat(seat, seats, held, taken, set())
    ]
    return [f"{empty.count(role)} {roles.shown(role)}" for role in dict.fromkeys(empty)]


def _seat(
    seat: int, seats: list[str], held: list[set[str]], taken: dict[int, int], tried: set[int]
) -> bool:
    for person, has in enumerate(held):
        if seats[seat] not in has or person in tried:
            continue
        tried.add(person)
        if person not in taken or _seat(taken[person], seats, held, taken, tried):
            taken[person] = seat
            return True
    return False
