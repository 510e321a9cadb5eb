"""Cobertura XML, counted from its lines rather than believed from its rates."""

from __future__ import annotations

import re

from buildrunner.evidence.reading.coverage import CoverageReport, Tally
from buildrunner.evidence.reading.elements import Reader, parse
from buildrunner.evidence.reading.errors import MOST_ENTRIES

_CONDITIONS = re.compile(r"\((\d{1,9})/(\d{1,9})\)")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


class _Cobertura(Reader):
    def __init__(self) -> None:
        super().__init__()
        # file → line → (hits, branches, branches taken): several classes may share a file, and a
        # line stands under its method and under its class.
        self.files: dict[str, dict[int, tuple[int, int, int]]] = {}
        self.at: dict[int, tuple[int, int, int]] | None = None
        self.entries = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == 1 and name != "coverage":
            raise self.fail("report_wrong_kind", f"<{name}> is not Cobertura's <coverage>")
        if name == "class":
            file = attributes.get("filename") or attributes.get("name", "")
            self.at = self.files.setdefault(file, {})
        elif name == "line" and self.at is not None:
            self._take(self.at, attributes)

    def _take(self, at: dict[int, tuple[int, int, int]], attributes: dict[str, str]) -> None:
        self.entries += 1
        if self.entries > 10 * MOST_ENTRIES:
            raise self.fail("report_too_large", "more lines than are read")
        number, hits = attributes.get("number", ""), attributes.get("hits", "")
        if not (_is_count(number) and _is_count(hits.removeprefix("-"))):
            raise self.fail("report_malformed", f"a line with number {number!r} and hits {hits!r}")
        taken = found = 0
        match = _CONDITIONS.search(attributes.get("condition-coverage", ""))
        if match:
            taken, found = int(match[1]), int(match[2])
        if taken > found:
            raise self.fail("report_malformed", f"{taken} of {found} branches cannot be")
        before = at.get(int(number), (0, 0, 0))
        at[int(number)] = (
            max(before[0], int(hits)), max(before[1], found), max(before[2], taken),
        )  # fmt: skip

    def end(self, name: str) -> None:
        if name == "class":
            self.at = None


def read(data: bytes, name: str) -> CoverageReport:
    """A Cobertura file. Raises ReportError."""
    reader = _Cobertura()
    parse(data, name, reader)
    files = {}
    for path, lines in reader.files.items():
        rows = lines.values()
        files[path] = Tally(
            len(lines),
            sum(hits > 0 for hits, _, _ in rows),
            sum(found for _, found, _ in rows),
            sum(taken for _, _, taken in rows),
        )
    return CoverageReport(files, name)
