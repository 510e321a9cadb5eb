"""Prompts and PRDs as sections of statements, each with its line; code and comments are skipped."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.drafting.language import LONGEST, cleaned, sentences, shortened
from buildrunner.spec.drafting.roles import WORK, role_of

MAX_BYTES = 1024 * 1024
MAX_NESTING = 40
_BOX = re.compile(r"^\[([ xX\-~/])\]\s+")
_FRONT = re.compile(r"\A---[ \t]*\n(?:[^\n]*\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_LABEL = re.compile(r"^[^.!?\n]{2,60}:$")


class Statement:
    """One thing said. `kind` is bullet, number, sentence or row; `below` are nested entries."""

    __slots__ = ("below", "box", "cells", "kind", "line", "text")

    def __init__(self, kind: str, text: str, line: int) -> None:
        box = _BOX.match(text)
        self.box = box[1].lower() if box else ""
        self.text = text[box.end() :] if box else text
        self.kind = kind
        self.line = line
        self.below: list[Statement] = []
        self.cells: dict[str, str] = {}


class Section:
    """A heading and what stands under it; level 0 is what comes before the first.

    `labelled` are lists under a line such as `Acceptance criteria:`, by the role of the line.
    """

    __slots__ = ("labelled", "level", "line", "role", "statements", "title")

    def __init__(self, level: int, title: str, line: int) -> None:
        self.level = level
        self.title = title
        self.line = line
        self.role = role_of(title) if level else WORK
        self.statements: list[Statement] = []
        self.labelled: list[tuple[str, list[Statement]]] = []


class Text:
    """A text taken apart. `skipped` says how many blocks were code or comments."""

    def __init__(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        front = _FRONT.match(text)
        self._offset = text.count("\n", 0, front.end()) if front else 0
        body = text[front.end() :] if front else text
        self.sections = [Section(0, "", 1)]
        self.skipped = 0
        self.too_deep = 0
        self._pending: str | None = None
        self._read(_tokens(body))

    @property
    def structured(self) -> bool:
        """Whether headings order it."""
        return any(section.level for section in self.sections)

    def _line(self, token: Any) -> int:
        return int(token.map[0]) + 1 + self._offset if token.map else 1

    def _read(self, tokens: list[Any]) -> None:
        lists: list[tuple[str, list[Statement]]] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            kind = token.type
            if kind == "heading_open" and not lists:
                title = shortened(cleaned(tokens[place + 1].content), 160)
                self.sections.append(Section(int(token.tag[1]), title, self._line(token)))
                self._pending = None
                place += 3
                continue
            if kind in ("bullet_list_open", "ordered_list_open"):
                self._open(lists, "bullet" if kind == "bullet_list_open" else "number")
            elif kind in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
                if not lists:
                    self._pending = None
            elif kind == "table_open" and not lists:
                place = self._table(tokens, place)
                continue
            elif kind in ("fence", "code_block", "html_block"):
                self.skipped += 1
            elif kind == "inline":
                self._inline(token, lists, opens=place > 1 and _opens_item(tokens, place))
            self.too_deep += token.level >= MAX_NESTING - 2
            place += 1

    def _open(self, lists: list[tuple[str, list[Statement]]], kind: str) -> None:
        if lists and lists[-1][1]:
            lists.append((kind, lists[-1][1][-1].below))
        elif lists:
            lists.append((kind, lists[-1][1]))
        elif self._pending is not None:
            entries: list[Statement] = []
            self.sections[-1].labelled.append((self._pending, entries))
            lists.append((kind, entries))
        else:
            lists.append((kind, self.sections[-1].statements))

    def _inline(self, token: Any, lists: list[tuple[str, list[Statement]]], *, opens: bool) -> None:
        line = self._line(token)
        if lists:
            kind, into = lists[-1]
            if opens or not into:
                box = _BOX.match(token.content)
                text = shortened(cleaned(token.content), LONGEST)
                statement = Statement(kind, text, line)
                if box:
                    statement.box = box[1].lower()
                if statement.text:
                    into.append(statement)
            else:
                into[-1].below.append(
                    Statement("sentence", shortened(cleaned(token.content), LONGEST), line)
                )
            return
        self._paragraph(token.content, line)

    def _paragraph(self, content: str, line: int) -> None:
        self._pending = None
        whole = cleaned(content)
        if _LABEL.match(whole) and role_of(whole[:-1]) != WORK:
            self._pending = role_of(whole[:-1])
            return
        at = 0
        starts: list[tuple[int, int]] = []  # (length of the text up to a line, the line)
        length = 0
        for number, part in enumerate(content.split("\n")):
            starts.append((length, line + number))
            length += len(cleaned(part)) + 1
        number = 0
        for sentence in sentences(whole):
            while number + 1 < len(starts) and starts[number + 1][0] <= at:
                number += 1
            statement = Statement("sentence", shortened(sentence, LONGEST), starts[number][1])
            self.sections[-1].statements.append(statement)
            at += len(sentence) + 1

    def _table(self, tokens: list[Any], place: int) -> int:
        rows: list[tuple[int, list[str]]] = []
        while tokens[place].type != "table_close":
            token = tokens[place]
            if token.type == "tr_open":
                rows.append((self._line(token), []))
            elif token.type == "inline" and rows:
                rows[-1][1].append(cleaned(token.content))
            place += 1
        head = [cell.casefold() for cell in rows[0][1]] if rows else []
        for line, cells in rows[1:]:
            named = dict(zip(head, cells, strict=False))
            statement = Statement("row", " · ".join(cell for cell in cells if cell), line)
            statement.cells = named
            self.sections[-1].statements.append(statement)
        return place + 1


def _opens_item(tokens: list[Any], place: int) -> bool:
    return bool(tokens[place - 2].type == "list_item_open")


def _tokens(text: str) -> list[Any]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    # Text is data: inline markup is not looked at, which also spares its cost.
    parser.disable(["inline", "text_join", "reference"], ignoreInvalid=True)
    return parser.parse(text)


def flat(statements: list[Statement]) -> list[Statement]:
    """Statements with everything nested in them, in order."""
    found: list[Statement] = []
    for statement in statements:
        found.append(statement)
        found.extend(flat(statement.below))
    return found
