"""JSON from strangers made into a Change: every member looked at, everything bounded."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.change import (
    LONGEST_TEXT,
    MOST_COMMITS,
    MOST_FILES,
    MOST_LINES,
    STATUSES,
    Change,
    ChangeError,
    Commit,
    FileChange,
    Hunk,
    Person,
)

_TEXTS = ("title", "body", "branch", "target", "phase", "codeowners")
_KINDS = ("person", "agent", "service")
_CHECKS = ("passed", "failed", "pending")


class _Reader:
    """Reads members of one object; `at` is its pointer."""

    def __init__(self, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise ChangeError(at, "an object is wanted")
        self.value = value
        self.at = at

    def text(self, key: str, default: str = "", most: int = 2000) -> str:
        value = self.value.get(key, default)
        if not isinstance(value, str):
            raise ChangeError(f"{self.at}/{key}", "text is wanted")
        if len(value) > most:
            raise ChangeError(f"{self.at}/{key}", f"{len(value)} characters, at most {most}")
        return value

    def maybe(self, key: str) -> str | None:
        return None if self.value.get(key) is None else self.text(key, most=LONGEST_TEXT)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise ChangeError(f"{self.at}/{key}", f"one of {', '.join(allowed)} is wanted")
        return value

    def flag(self, key: str) -> bool:
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            raise ChangeError(f"{self.at}/{key}", "true or false is wanted")
        return value

    def number(self, key: str, default: int, most: int) -> int:
        value = self.value.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise ChangeError(f"{self.at}/{key}", f"a whole number from 0 to {most} is wanted")
        return value

    def list(self, key: str, most: int) -> list[Any]:
        value = self.value.get(key)
        value = [] if value is None else value
        if not isinstance(value, list):
            raise ChangeError(f"{self.at}/{key}", "a list is wanted")
        if len(value) > most:
            raise ChangeError(f"{self.at}/{key}", f"{len(value)} elements, at most {most}")
        return value

    def object(self, key: str) -> dict[str, Any] | None:
        value = self.value.get(key)
        if value is not None and not isinstance(value, dict):
            raise ChangeError(f"{self.at}/{key}", "an object is wanted")
        return value


def change(value: Any) -> Change:
    """The Change of a JSON form. Raises ChangeError."""
    reader = _Reader(value, "")
    texts = {name: reader.maybe(name) for name in _TEXTS}
    budget = [MOST_LINES]
    files = [
        _file(each, f"/files/{number}", budget)
        for number, each in enumerate(reader.list("files", MOST_FILES))
    ]
    commits = [
        _commit(each, f"/commits/{number}")
        for number, each in enumerate(reader.list("commits", MOST_COMMITS))
    ]
    event = reader.maybe("event")
    if event not in (None, "pull_request", "push"):
        raise ChangeError("/event", "one of pull_request, push is wanted")
    author = value.get("author")
    return Change(
        files=files,
        commits=commits,
        author=None if author is None else person(author, "/author"),
        plan_before=reader.object("plan_before"),
        plan_after=reader.object("plan_after"),
        event=event,
        base=reader.text("base"),
        head=reader.text("head"),
        checks=_checks(reader.object("checks")),
        previews=_names(value, "previews"),
        measures=_measures(reader.object("measures")),
        unproven=_unproven(value.get("unproven")),
        policy_after=_policy_after(reader.object("policy_after")),
        **texts,
    )


def person(value: Any, at: str) -> Person:
    """A Person; a bare text is a name."""
    if isinstance(value, str):
        value = {"name": value}
    reader = _Reader(value, at)
    return Person(
        id=reader.text("id"),
        name=reader.text("name"),
        email=reader.text("email"),
        kind=reader.choice("kind", _KINDS, "person"),
    )


def _file(value: Any, at: str, budget: list[int]) -> FileChange:
    reader = _Reader(value, at)
    path = reader.text("path", most=4096)
    if not path:
        raise ChangeError(f"{at}/path", "the path is missing")
    return FileChange(
        path=path,
        status=reader.choice("status", STATUSES, "modified"),
        old_path=reader.text("old_path", most=4096) or None if value.get("old_path") else None,
        mode_before=reader.text("mode_before"),
        mode_after=reader.text("mode_after"),
        digest=reader.text("digest"),
        binary=reader.flag("binary"),
        truncated=reader.flag("truncated"),
        hunks=[
            _hunk(each, f"{at}/hunks/{number}", budget)
            for number, each in enumerate(reader.list("hunks", MOST_LINES))
        ],
    )


def _hunk(value: Any, at: str, budget: list[int]) -> Hunk:
    reader = _Reader(value, at)
    sides = []
    for side in ("added", "removed"):
        lines = reader.list(side, MOST_LINES)
        budget[0] -= len(lines)
        if budget[0] < 0:
            raise ChangeError(f"{at}/{side}", f"more than {MOST_LINES:,} lines in all")
        sides.append([_line(line, f"{at}/{side}/{n}") for n, line in enumerate(lines)])
    return Hunk(*sides)


def _line(value: Any, at: str) -> tuple[int, str]:
    if (
        not isinstance(value, (list, tuple))
        or len(value) != 2
        or not isinstance(value[0], int)
        or isinstance(value[0], bool)
        or value[0] < 1
        or not isinstance(value[1], str)
    ):
        raise ChangeError(at, "[number, text] is wanted")
    return (value[0], value[1])


def _commit(value: Any, at: str) -> Commit:
    reader = _Reader(value, at)
    return Commit(
        id=reader.text("id"),
        message=reader.text("message", most=LONGEST_TEXT),
        author=person(value.get("author", {}), f"{at}/author"),
        parents=reader.number("parents", 1, 1000),
    )


def _checks(value: dict[str, Any] | None) -> dict[str, str] | None:
    for name, outcome in (value or {}).items():
        if outcome not in _CHECKS:
            raise ChangeError(f"/checks/{name}", f"one of {', '.join(_CHECKS)} is wanted")
    return value


def _names(value: dict[str, Any], key: str) -> list[str] | None:
    if value.get(key) is None:
        return None
    names = _Reader(value, "").list(key, 1000)
    if not all(isinstance(name, str) for name in names):
        raise ChangeError(f"/{key}", "a list of text is wanted")
    return names


def _measures(value: dict[str, Any] | None) -> dict[str, float] | None:
    for name, number in (value or {}).items():
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number:
            raise ChangeError(f"/measures/{name}", "a number is wanted")
    return value


def _unproven(value: Any) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in value
    ):
        raise ChangeError("/unproven", "a list of objects with an id is wanted")
    return value


def _policy_after(value: dict[str, Any] | None) -> dict[str, str] | None:
    if value is not None:
        reader = _Reader(value, "/policy_after")
        kept = {"path": reader.text("path"), "text": reader.text("text", most=LONGEST_TEXT)}
        other = reader.text("other")
        return {**kept, "other": other} if other else kept
    return None
