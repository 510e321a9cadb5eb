"""Markdown cut at its headings, the text between them as it stands, and YAML front matter."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.errors import SpecError

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
#: `assignee: @ada` is written by hand and by tools, and is no YAML: @ and ` may begin no value.
_RESERVED = re.compile(r"^([A-Za-z_][\w-]*:[ \t]+|[ \t]*-[ \t]+)([@`%][^\n]*)$", re.MULTILINE)
_RESERVED_IN_LIST = re.compile(r"(?<=[\[,])([ \t]*)(@[^\s,\[\]'\"]+)")
_LIST = re.compile(r"^[A-Za-z_][\w-]*:[ \t]*\[[^\n]*$", re.MULTILINE)


def decoded(data: bytes, name: str) -> str:
    """The text of a file with line feeds only. Raises SpecError for what is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(
            "import_not_text",
            f"{name} is not UTF-8: byte {error.start:,}",
            line=data.count(b"\n", 0, error.start) + 1,
            hint="save it as UTF-8",
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def front_matter(text: str, name: str) -> tuple[dict[str, Any], str]:
    """(the YAML between the opening dashes, the text behind). Raises SpecError with the line."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    written = _LIST.sub(lambda line: _RESERVED_IN_LIST.sub(r"\1'\2'", line[0]), match[1])
    found = mapping(_RESERVED.sub(_quoted, written), name, first_line=2)
    return found, text[match.end() :]


def _quoted(match: re.Match[str]) -> str:
    value = match[2].rstrip().replace("'", "''")
    return f"{match[1]}'{value}'"


def mapping(text: str, name: str, *, first_line: int = 1) -> dict[str, Any]:
    """A YAML mapping with plain values: dates stay text, anchors are refused."""
    import yaml

    class Plain(yaml.SafeLoader):
        """Text, numbers, lists and mappings; nothing that expands."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
                raise yaml.MarkedYAMLError(problem="an alias is not taken here", problem_mark=mark)
            return super().compose_node(parent, index)

    Plain.yaml_implicit_resolvers = {
        first: [entry for entry in entries if not entry[0].endswith(":timestamp")]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        found = yaml.load(text, Plain)  # noqa: S506 - a SafeLoader that takes less still
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SpecError(
            "import_syntax",
            f"{name} is no YAML: {getattr(error, 'problem', None) or 'it cannot be read'}",
            line=mark.line + first_line if mark else first_line,
            column=mark.column + 1 if mark else None,
            hint="mend the line, or quote its value",
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SpecError(
            "import_syntax", f"{name}: this YAML is no mapping of names to values", line=first_line
        )
    return {str(key): value for key, value in found.items()}


class Part:
    """A heading and the text below it, up to the next heading of its level or above."""

    __slots__ = ("heading", "line", "text")

    def __init__(self, heading: str, line: int, text: str) -> None:
        self.heading = heading
        self.line = line
        self.text = text


def parts(text: str, level: int = 2) -> list[Part]:
    """The text cut at its headings of `level` and above; the first part has no heading.

    Headings inside fenced code are text. A part's text keeps deeper headings.
    """
    found = [Part("", 1, "")]
    lines: list[str] = []
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        heading = None if fence else _HEADING.match(line)
        if heading and len(heading[1]) <= level:
            found[-1].text = "\n".join(lines).strip("\n")
            lines = []
            found.append(Part(heading[2], number, ""))
        else:
            lines.append(line)
    found[-1].text = "\n".join(lines).strip("\n")
    return found


def title_of(text: str, *prefixes: str) -> str:
    """The first heading of level 1 without a prefix such as `Tasks:`, "" where there is none."""
    for part in parts(text, 1)[1:]:
        heading = part.heading
        for prefix in prefixes:
            if heading.casefold().startswith(prefix.casefold()):
                return heading[len(prefix) :].strip()
        return heading
    return ""
