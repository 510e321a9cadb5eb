"""CSV cell by cell: encodings, separators, quoting, lists in a cell, formulas."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.csv_columns import is_own, recognized
from buildrunner.spec.formats.outline import MAX_BYTES, Source

SEPARATORS = ",;\t|"
# What spreadsheets take for the start of a formula, full-width forms included.
_FORMULA = re.compile("^'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile("^'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile('[",;\t|\r\n]|^\\s|\\s$')
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def quoted(text: str) -> str:
    """A cell as it stands in the file: guarded against formulas, quoted where needed."""
    if _FORMULA.match(text):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def unguarded(text: str) -> str:
    """The cell without the apostrophe that `quoted` put before a formula."""
    return text[1:] if _GUARDED.match(text) else text


def cell(value: Any, kind: str) -> str:
    """A field's value as a cell: "text", "number" or "list"; "" for any other type.

    A list is one entry a line, or a JSON array where an entry is empty, has a line break,
    or the cell would begin with "[".
    """
    if kind == "text":
        return value if isinstance(value, str) else ""
    if kind == "number":
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        return ""
    plain = all(entry and "\n" not in entry and "\r" not in entry for entry in value)
    if plain and not (value and value[0].startswith("[")):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False)


def entries(text: str) -> list[str]:
    """The list in a cell that `cell` wrote; line breaks may have become CR LF on the way."""
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(entry, str) for entry in found):
            return found
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def fields_of_own(cells: dict[str, str], kinds: dict[str, str]) -> dict[str, Any]:
    """Fields of an entity from the cells of an own table; an empty cell says nothing."""
    fields: dict[str, Any] = {}
    for name, text in cells.items():
        kind = kinds.get(name, "text")
        if not text:
            continue
        if kind == "text":
            fields[name] = text
        elif kind == "list":
            fields[name] = entries(text)
        else:
            try:
                fields[name] = int(text)
            except ValueError:
                # Left for lint to name: a wrong figure must not vanish.
                fields[name] = text
    return fields


def decoded(source: Source) -> tuple[str, str]:
    """The text of a table and its encoding: by BOM, else UTF-8, else Windows-1252."""
    data = source.data
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _no_text(source, error.start) from None
    zeros = data[:65536].count(b"\x00")
    try:
        if zeros * 8 > len(data[:65536]):  # UTF-16 without a BOM, or no text at all
            raise _no_text(source, data.index(b"\x00"))
        return data.decode(), "utf-8"
    except UnicodeDecodeError as error:
        if zeros:
            raise _no_text(source, error.start) from None
        try:
            return data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError as error:
            raise _no_text(source, error.start) from None


def _no_text(source: Source, offset: int) -> SpecError:
    return SpecError(
        "import_not_text",
        f"this is no text: byte {offset:,} belongs to no encoding a table has",
        line=source.data.count(b"\n", 0, offset) + 1,
        hint="save it as CSV UTF-8",
    )


def rows(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header, and (line, cells) of every row that is not empty. Raises SpecError."""
    csv.field_size_limit(MAX_BYTES)
    skipped = 0
    separator = ""
    if text[:4].lower() == "sep=" and text[4:5] in SEPARATORS:
        separator = text[4]
        text = text.partition("\n")[2]
        skipped = 1
    separator = separator or _separator(text)
    records = _records(
        csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), skipped
    )
    try:
        _, header = next(records)
    except StopIteration:
        raise SpecError("import_empty", "this table has no rows", hint="check the path") from None
    return [name.strip() for name in header], records


def _records(reader: Any, skipped: int) -> Iterator[tuple[int, list[str]]]:
    start = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise SpecError(
                "import_syntax",
                f"the row that begins here is broken: {error}",
                line=start + skipped,
                hint='a cell with a quotation mark is written "like ""this"""; is the file whole?',
            ) from None
        if row is None:
            return
        if any(map(str.strip, row)):
            yield start + skipped, [unguarded(text) for text in row]
        start = reader.line_num + 1


def _separator(text: str) -> str:
    head = text.lstrip("\r\n")[:65536]

    def score(separator: str) -> tuple[int, int]:
        try:
            header = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return (100 if is_own(header) else recognized(header)), len(header)

    return max(SEPARATORS, key=score)


def looks_like_table(head: bytes) -> bool:
    """Whether the first line of a file names columns this format knows, a title among them."""
    text = head.decode("utf-8-sig", "replace").lstrip("\r\n")
    line = text.partition("\n")[0]
    return any(
        separator in line and recognized(line.strip().replace('"', "").split(separator)) > 1
        for separator in SEPARATORS
    )
