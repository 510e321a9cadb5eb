"""Who a comment names. Only people who may read the project are ever meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from markdown_it import MarkdownIt

from buildrunner.server.domains.discussion.rules.markdown import MENTION
from buildrunner.server.domains.discussion.types import Mention, Mentionable

# Names in one comment, and people whom one comment tells: a crowd is a team's own channel.
MOST = 50
MOST_PEOPLE = 200
_WORDS = re.compile(r"[^\W_]+")
_WRITABLE = re.compile(r"[^\W_][\w.+-]{0,63}(?<![.+-])")


class Reader(NamedTuple):
    """Somebody who may read the project: `role` is the one that counts most. An `agent` is named by
    its own name alone, not by its role."""

    person_id: UUID
    name: str
    email: str
    role: str
    agent: bool = False


def handle(name: str) -> str:
    """A name as it is written after the sign: `Grace Hopper` → `grace.hopper`."""
    return ".".join(_WORDS.findall(name)).casefold()


def mentions_in(
    text: str, readers: Sequence[Reader], teams: Mapping[str, Sequence[UUID]]
) -> list[Mention]:
    """The mentions of a comment, each once, with those it means; code is not read.

    `@grace.hopper`, `@gracehopper` and `@grace` mean a person by name, as long as only one fits;
    `@role:QA` everybody of a role, `@team:frontend` those of a team who may read. What fits
    nobody is kept with nobody: somebody who was never let in and nobody at all are one answer.
    """
    found: dict[tuple[str, str], Mention] = {}
    for kind, name in _named(text):
        key = (kind, name.casefold())
        if key not in found and len(found) < MOST:
            found[key] = Mention(kind, name, tuple(_meant(kind, name, readers, teams)))  # type: ignore[arg-type]
    return list(found.values())


def _named(text: str) -> Iterable[tuple[str, str]]:
    for token in MarkdownIt("commonmark").parse(text):
        for child in token.children or ():
            if child.type == "text":
                for match in MENTION.finditer(child.content):
                    yield match[1] or "user", match[2]


def people_in(mentions: Iterable[Mention]) -> list[UUID]:
    """Everybody whom the mentions mean, each once, those who are named first before crowds."""
    ordered = sorted(mentions, key=lambda one: one.kind != "user")
    return list(dict.fromkeys(person for one in ordered for person in one.people))[:MOST_PEOPLE]


def mentionables(
    readers: Sequence[Reader], teams: Mapping[str, Sequence[UUID]], titles: Mapping[str, str]
) -> list[Mentionable]:
    """Everything that can be written after the sign here; `titles` of roles. Whoever shares each
    of his names with another is left out: the sign would mean nobody."""
    found = []
    for one in readers:
        own = (one.name.casefold(),) if one.agent else ()
        for name in (*own, handle(one.name), one.email.partition("@")[0].casefold()):
            if _meant("user", name, readers, teams) == [one.person_id] and _WRITABLE.fullmatch(
                name
            ):
                title = f"{one.name} (agent)" if one.agent else one.name
                found.append(Mentionable("user", name, title, 1))
                break
    known = {one.person_id for one in readers}
    found += [
        Mentionable("team", name, f"Team {name}", len(known.intersection(people)))
        for name, people in teams.items()
    ]
    for role in titles:
        held = sum(one.role == role and not one.agent for one in readers)
        if held:
            found.append(
                Mentionable("role", titles[role], f"Everybody who is {titles[role]}", held)
            )
    return found


def _meant(
    kind: str, name: str, readers: Sequence[Reader], teams: Mapping[str, Sequence[UUID]]
) -> list[UUID]:
    wanted = name.casefold()
    if kind == "role":
        role = wanted.replace("_", "").replace("-", "")
        return [one.person_id for one in readers if one.role == role and not one.agent]
    if kind == "team":
        known = {one.person_id for one in readers}
        return [one for one in teams.get(wanted, ()) if one in known]
    keys: tuple[Callable[[Reader], str], ...] = (
        lambda one: one.name.casefold() if one.agent else "",
        lambda one: handle(one.name),
        lambda one: handle(one.name).replace(".", ""),
        lambda one: one.email.partition("@")[0].casefold(),
        lambda one: handle(one.name).partition(".")[0],
    )
    for key in keys:
        fitting = [one.person_id for one in readers if key(one) == wanted]
        if fitting:
            return fitting if len(fitting) == 1 else []
    return []
