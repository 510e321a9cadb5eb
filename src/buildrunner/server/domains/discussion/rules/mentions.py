"""Who a comment names. Only people who may read the project are ever meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from markdown_it import MarkdownIt

from buildrunner.server.domains.discussion.rules.markdown import MENTION
from buildrunner.server.domains.discussion.types import Mention

MOST = 50
_WORDS = re.compile(r"[^\W_]+")


class Reader(NamedTuple):
    """Somebody who may read the project: `role` is the one that counts most."""

    person_id: UUID
    name: str
    email: str
    role: str


def handle(name: str) -> str:
    """A name as it is written after the sign: `Grace Hopper` → `grace.hopper`."""
    return ".".join(_WORDS.findall(name)).casefold()


def mentions_in(text: str, readers: Sequence[Reader]) -> list[Mention]:
    """The mentions of a comment, each once, with those it means; code is not read.

    `@grace.hopper`, `@gracehopper` and `@grace` mean a person by name, as long as only one fits;
    `@role:QA` everybody of a role. What fits nobody is kept with nobody: it may be a team, or
    somebody who was never let in, and the answer is the same.
    """
    found: dict[tuple[str, str], Mention] = {}
    for kind, name in _named(text):
        key = (kind, name.casefold())
        if key not in found and len(found) < MOST:
            found[key] = Mention(kind, name, tuple(_meant(kind, name, readers)))  # type: ignore[arg-type]
    return list(found.values())


def _named(text: str) -> Iterable[tuple[str, str]]:
    for token in MarkdownIt("commonmark").parse(text):
        for child in token.children or ():
            if child.type == "text":
                for match in MENTION.finditer(child.content):
                    yield match[1] or "user", match[2]


def _meant(kind: str, name: str, readers: Sequence[Reader]) -> list[UUID]:
    wanted = name.casefold()
    if kind == "role":
        role = wanted.replace("_", "").replace("-", "")
        return [one.person_id for one in readers if one.role == role]
    if kind == "team":
        return []
    for key in (
        lambda one: handle(one.name),
        lambda one: handle(one.name).replace(".", ""),
        lambda one: one.email.partition("@")[0].casefold(),
        lambda one: handle(one.name).partition(".")[0],
    ):
        fitting = [one.person_id for one in readers if key(one) == wanted]
        if fitting:
            return fitting if len(fitting) == 1 else []
    return []
