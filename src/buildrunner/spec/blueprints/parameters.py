"""Parameters: what they may be, which values fit, and filling them into texts.

`${name}` in a text stands for the value, `$${` for a literal `${`. The text is walked once: what
a value says is never read as a placeholder. In a command a value is quoted for the shell, in a
pattern it is escaped.
"""

from __future__ import annotations

import re

from buildrunner.spec.addresses import link_problem
from buildrunner.spec.checking import escapes
from buildrunner.spec.errors import SpecError
from buildrunner.spec.source import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

MAX_VALUE = 500
# Beyond this a filled-in pack is no plan any more, whatever its parameters multiply.
MAX_FILLED = 10_000_000
_GAP = re.compile(r"\$\$\{|\$\{([^}\n]{0,80})\}?")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_INTEGER = re.compile(r"-?[0-9]{1,15}\Z")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# What decides how a plan works stays as the pack has it.
FIXED = frozenset(
    ("id", "status", "priority", "risk_level", "depends_on", "kind", "criterion", "env", "method")
)


class WrongValue(SpecError):
    """Values that do not fit; `problems` has one row {"name", "message"} a parameter."""

    def __init__(self, pack: str, problems: list[dict[str, str]]) -> None:
        told = "; ".join(f"{row['name']}: {row['message']}" for row in problems)
        super().__init__(
            "blueprint_parameters",
            f"{pack} cannot be filled in: {told}",
            hint="give each as NAME=VALUE",
        )
        self.problems = problems


def declared(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The well-formed parameters of a blueprint."""
    rows = document.get("parameters")
    if rows.__class__ is not list:
        return []
    return [row for row in rows if row.__class__ is dict and row.get("name").__class__ is str]


def values_for(document: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    """Every parameter's value as text, defaults filled in. Raises WrongValue."""
    rows = declared(document)
    known = [row["name"] for row in rows]
    problems = [
        {
            "name": str(name)[:64],
            "message": f"no such parameter; there is {', '.join(known) or 'none'}",
        }
        for name in given
        if name not in known
    ]
    values: dict[str, str] = {}
    for row in rows:
        value = given.get(row["name"])
        if value is None or value == "":
            value = row.get("default")
            if value is None or (row.get("required") and row["name"] not in given and value == ""):
                problems.append({"name": row["name"], "message": "needs a value"})
                continue
        text = value if value.__class__ is str else str(value)
        problem = unfit(row, text)
        if problem is not None:
            problems.append({"name": row["name"], "message": problem})
        values[row["name"]] = text
    if problems:
        raise WrongValue(str(document.get("name")), problems)
    return values


def unfit(row: Mapping[str, Any], value: str) -> str | None:
    """Why a value does not fit a parameter, else None."""
    if len(value) > MAX_VALUE:
        return f"has {len(value)} characters, at most {MAX_VALUE} fit"
    if _UNPRINTABLE.search(value):
        return "holds a line break or a control character"
    allowed = row.get("enum")
    if allowed.__class__ is list and allowed and value not in allowed:
        return f"must be one of {', '.join(map(str, allowed))[:200]}"
    kind = row.get("type", "text")
    if kind == "integer" and not _INTEGER.match(value):
        return "must be a whole number"
    if kind == "path" and escapes(value):
        return "leads out of the repository"
    if kind == "url" and link_problem(value) is not None:
        return "must be a whole address such as https://example.org"
    pattern = row.get("pattern")
    if pattern.__class__ is str and not _matches(pattern, value):
        return f"must match {pattern[:80]}"
    return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(value) is not None


def _compiled(pattern: str) -> Any:
    """The pattern in an engine of linear time; None if it cannot be read."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def judge(document: dict[str, Any], notes: Any) -> None:
    """Report what is wrong with the parameters and the placeholders (BP301 to BP306)."""
    names: dict[str, int] = {}
    rows = document.get("parameters")
    for place, row in enumerate(rows if rows.__class__ is list else ()):
        if row.__class__ is not dict or row.get("name").__class__ is not str:
            continue
        where = f"/parameters/{place}"
        if names.setdefault(row["name"], place) != place:
            notes("BP301", f"{where}/name", f"there is a parameter {row['name'][:64]!r} already")
        pattern = row.get("pattern")
        if pattern.__class__ is str and _compiled(pattern) is None:
            notes("BP306", f"{where}/pattern", f"{pattern[:60]!r} is no such expression")
            continue
        default = row.get("default")
        if default.__class__ in (str, int) and default != "":
            problem = unfit(row, str(default))
            if problem is not None:
                notes("BP303", f"{where}/default", f"the default {problem}")
    used: set[str] = set()
    for pointer, text, member in _texts(document.get("plan"), "/plan"):
        for gap in _GAP.finditer(text):
            if gap[1] is None:
                continue
            if member in FIXED:
                notes("BP304", pointer, f"{gap[0][:40]!r} stands in {member}")
            elif not gap[0].endswith("}") or not _NAME.match(gap[1]) or gap[1] not in names:
                notes("BP302", pointer, f"{gap[0][:40]!r} names no parameter of this blueprint")
            used.add(gap[1])
    for name, place in names.items():
        if name not in used:
            notes("BP305", f"/parameters/{place}", f"nothing uses {name[:64]!r}")


def _texts(value: Any, pointer: str, member: str = "") -> Iterator[tuple[str, str, str]]:
    if value.__class__ is str:
        if "${" in value:
            yield pointer, value, member
    elif value.__class__ is list:
        for place, each in enumerate(value):
            yield from _texts(each, f"{pointer}/{place}", member)
    elif value.__class__ is dict:
        for name, each in value.items():
            yield from _texts(each, f"{pointer}/{escape(name)}", name)


class Filling:
    """Fills values into a tree; counts what it writes."""

    def __init__(self, values: Mapping[str, str], bare: frozenset[str]) -> None:
        self.values = values
        self.bare = bare  # parameters that stand in a command as they are
        self.written = 0

    def fill(self, value: Any, member: str = "") -> Any:
        """The tree with every placeholder filled. Raises SpecError `blueprint_too_large`."""
        if value.__class__ is str:
            if "${" not in value or member in FIXED:
                self._count(value)
                return value
            text = _GAP.sub(lambda gap: self._said(gap, member), value)
            self._count(text)
            return text
        if value.__class__ is list:
            return [self.fill(each, member) for each in value]
        if value.__class__ is dict:
            return {
                name: self.fill(each, "" if member == "json" else name)
                for name, each in value.items()
            }
        return value

    def _count(self, text: str) -> None:
        self.written += len(text)
        if self.written > MAX_FILLED:
            raise SpecError(
                "blueprint_too_large",
                "filled in, this blueprint is larger than any plan should be",
                hint="give shorter values",
            )

    def _said(self, gap: re.Match[str], member: str) -> str:
        if gap[1] is None:
            return "${"
        said = self.values.get(gap[1])
        if said is None:
            return gap[0]
        if member == "run" and gap[1] not in self.bare:
            from shlex import quote

            return quote(said)
        if member in ("regex", "not_regex"):
            return re.escape(said)
        return said
