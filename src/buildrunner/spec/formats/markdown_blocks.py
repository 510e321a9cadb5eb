"""Markdown as sections and list items, by markdown-it's CommonMark block parser."""

from __future__ import annotations

import json
import re
from typing import Any

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.outline import Source

_BOX = re.compile(r"^\[([ xX\-~/])\](?:\s+|$)")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PAIR = re.compile(r"^([A-Za-z_][\w-]*):[ \t]*(.*?)[ \t]*$")
#: A first line of this length was broken by the editor, not by the author.
WRAPPED = 60
#: Levels of lists and quotes; markdown-it would leave deeper text out without a word.
MAX_NESTING = 120


class ListItem:
    """An entry of a list: `box` is the character in its check box, "" for a plain entry."""

    __slots__ = ("box", "checkable", "children", "line", "prose", "text")

    def __init__(self, text: str, line: int) -> None:
        match = _BOX.match(text)
        self.checkable = match is not None
        self.box = match[1].lower() if match else ""
        self.text = text[match.end() :] if match else text
        self.line = line
        self.children: list[ListItem] = []
        self.prose: list[str] = []

    def boxes_below(self) -> bool:
        """Whether an entry below has a check box."""
        return any(child.checkable or child.boxes_below() for child in self.children)

    def depth(self) -> int:
        """Levels of entries, this one included."""
        return 1 + max((child.depth() for child in self.children), default=0)


class Section:
    """A heading (level 0: what stands before the first) and what follows it."""

    __slots__ = ("items", "level", "line", "prose", "text")

    def __init__(self, level: int, text: str, line: int) -> None:
        self.level = level
        self.text = text
        self.line = line
        self.items: list[ListItem] = []
        self.prose: list[str] = []


class Document:
    """The sections of a file in order, and the pairs of its front matter."""

    def __init__(self, source: Source) -> None:
        try:
            text = source.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SpecError(
                "import_not_text",
                f"this is not UTF-8: byte {error.start:,}",
                line=source.data.count(b"\n", 0, error.start) + 1,
                hint="save it as UTF-8",
            ) from None
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.front: dict[str, str] = {}
        self.skipped = 0
        match = _FRONT.match(text)
        if match:
            self.front = _pairs(match[1])
            self.skipped = text.count("\n", 0, match.end())
            text = text[match.end() :]
        self.lines = text.split("\n")
        self.sections = [Section(0, "", 1)]
        self._read(_parse(text))

    def _line(self, token: Any) -> int:
        return int(token.map[0]) + 1 + self.skipped if token.map else 1

    def _raw(self, token: Any) -> str:
        start, end = token.map or (0, 0)
        return "\n".join(self.lines[start:end]).strip("\n")

    def _read(self, tokens: list[Any]) -> None:
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token.type == "heading_open":
                content = tokens[place + 1].content
                self.sections.append(Section(int(token.tag[1]), content, self._line(token)))
                place += 3
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                place = self._list(tokens, place, self.sections[-1].items)
            else:
                if token.level == 0 and token.map and token.type != "hr":
                    self.sections[-1].prose.append(self._raw(token))
                place = _after(tokens, place)

    def _list(self, tokens: list[Any], place: int, into: list[ListItem]) -> int:
        """Read the list that opens at `place`; the place behind its close."""
        level = tokens[place].level
        place += 1
        while not (tokens[place].level == level and tokens[place].nesting == -1):
            place = self._item(tokens, place, into)
        return place + 1

    def _item(self, tokens: list[Any], place: int, into: list[ListItem]) -> int:
        opening = tokens[place]
        place += 1
        text, more = "", ""
        if tokens[place].type == "paragraph_open":
            text, more = _first_line(tokens[place + 1].content)
            place += 3
        item = ListItem(text, self._line(opening))
        if more:
            item.prose.append(more)
        into.append(item)
        while tokens[place].type != "list_item_close" or tokens[place].level != opening.level:
            token = tokens[place]
            if token.type in ("bullet_list_open", "ordered_list_open"):
                place = self._list(tokens, place, item.children)
            else:
                if token.map:
                    item.prose.append(_dedented(self._raw(token)))
                place = _after(tokens, place)
        return place + 1


def _first_line(content: str) -> tuple[str, str]:
    """A paragraph as (title, more): a short first line is the title, a long one goes on."""
    first, *rest = (part.strip(" ") for part in content.split("\n"))
    if len(first) < WRAPPED or first.endswith("}"):
        return first, "\n".join(rest)
    return " ".join([first, *rest]), ""


def _after(tokens: list[Any], place: int) -> int:
    """The place behind the block that begins at `place`."""
    if tokens[place].nesting != 1:
        return place + 1
    level = tokens[place].level
    place += 1
    while not (tokens[place].level == level and tokens[place].nesting == -1):
        place += 1
    return place + 1


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n"))


def _parse(text: str) -> list[Any]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    # Text is data here: inline markup is not looked at, which also spares its cost.
    parser.disable(["inline", "text_join"], ignoreInvalid=True)
    tokens = parser.parse(text)
    if any(token.level >= MAX_NESTING - 2 for token in tokens):
        deep = next(token for token in tokens if token.level >= MAX_NESTING - 2)
        raise SpecError(
            "import_too_deep",
            f"lists or quotes are nested more than {MAX_NESTING // 2} deep",
            line=int(deep.map[0]) + 1 if deep.map else None,
            hint="a plan has three levels: headings, steps and a checklist",
        )
    return tokens


def _pairs(text: str) -> dict[str, str]:
    """`key: value` lines of front matter; anything more elaborate is passed over."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = _PAIR.match(line)
        if match:
            value = match[2]
            if value[:1] == '"':
                try:
                    value = json.loads(value)
                except ValueError:
                    value = value.strip('"')
            elif value[:1] == "'" and value[-1:] == "'":
                value = value[1:-1].replace("''", "'")
            found[match[1]] = str(value)
    return found
