"""Where rules may match in a text: Hyperscan in one pass, google-re2 where there is none.

Both answer the same question alike: which pieces of the text a rule's pattern must be tried on. A
piece is a line; of very long lines, as minified files have them, overlapping windows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from buildrunner.policy.scan import judging
from buildrunner.policy.scan.rule import Rule

# Longer lines are tried in windows: three cells wide, so that whatever begins in the first two
# and is no longer than a cell lies in one window whole.
LONG_LINE = 8192
CELL = 4096
# How much of the text before the end of a match a first look is given.
_FAR = 520
# (number of the rule, start, end) of a piece.
Piece = tuple[int, int, int]


class Store(Protocol):
    """Where compiled databases are kept between runs."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class Engine(Protocol):
    """Finds the pieces worth a closer look."""

    name: str

    def pieces(self, data: bytes) -> Iterator[Piece]: ...


def line_around(data: bytes, at: int) -> tuple[int, int]:
    """The piece of the text around the byte `at`: its line, or a window of a long one."""
    start = data.rfind(b"\n", max(0, at - LONG_LINE), at) + 1
    end = data.find(b"\n", at, at + LONG_LINE)
    whole = (start or at < LONG_LINE) and (end >= 0 or len(data) - at <= LONG_LINE)
    if end < 0:
        end = len(data)
    if whole and end - start <= LONG_LINE:
        return start, end
    cell = at // CELL * CELL
    lowest, highest = cell - CELL, cell + 2 * CELL
    return max(start, lowest, 0), min(end, highest)


def best_engine(rules: Sequence[Rule], store: Store | None = None) -> Engine:
    """Hyperscan where it is installed, else google-re2."""
    try:
        return HyperscanEngine(rules, store)
    except ImportError:
        return Re2Engine(rules)


class HyperscanEngine:
    """All triggers in one pass; compiled once, and kept in a store.

    Patterns of a policy that Hyperscan cannot take are left to google-re2. Raises ImportError
    where Hyperscan is not installed.
    """

    name = "hyperscan"

    def __init__(self, rules: Sequence[Rule], store: Store | None = None) -> None:
        hyperscan: Any = __import__("hyperscan")

        self._rest: Engine | None = None
        self._numbers: list[int] = []
        self._looks = {
            at: judging.LOOKS[rule.check]
            for at, rule in enumerate(rules)
            if rule.check in judging.LOOKS
        }
        key = _key(rules, hyperscan)
        self._database = _load(hyperscan, store.get(key) if store is not None else None)
        if self._database is None:
            self._database = self._compile(hyperscan, rules)
            if store is not None and self._rest is None:
                store.put(key, hyperscan.dumpb(self._database))

    def _compile(self, hyperscan: Any, rules: Sequence[Rule]) -> Any:
        numbers = list(range(len(rules)))
        try:
            return _compiled(hyperscan, rules, numbers)
        except hyperscan.error:
            pass
        numbers = [at for at in numbers if not rules[at].clause or _takes(hyperscan, rules, at)]
        left = [at for at in range(len(rules)) if at not in set(numbers)]
        self._rest = Re2Engine([rules[at] for at in left])
        self._numbers = left
        return _compiled(hyperscan, rules, numbers)

    @property
    def database(self) -> Any:
        """The compiled database, for measuring a bare pass."""
        return self._database

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """The pieces in which some trigger ends, each once."""
        ends: list[tuple[int, int]] = []

        def found(rule: int, _start: int, end: int, _flags: int, _context: Any) -> None:
            ends.append((rule, end))

        self._database.scan(data, match_event_handler=found)
        last: dict[int, tuple[int, int]] = {}
        looks = self._looks
        for rule, end in ends:
            look = looks.get(rule)
            if look is not None and not look(data[max(0, end - _FAR) : end - 1]):
                continue
            known = last.get(rule)
            if known is not None and known[0] < end <= known[1] and known[1] - known[0] < LONG_LINE:
                continue
            piece = line_around(data, end - 1)
            if piece != known:
                last[rule] = piece
                yield rule, *piece
        if self._rest is not None:
            for rule, start, stop in self._rest.pieces(data):
                yield self._numbers[rule], start, stop


def _compiled(hyperscan: Any, rules: Sequence[Rule], numbers: list[int]) -> Any:
    database = hyperscan.Database()
    database.compile(
        expressions=[rules[at].trigger for at in numbers],
        ids=numbers,
        elements=len(numbers),
        flags=hyperscan.HS_FLAG_MULTILINE,
    )
    return database


def _takes(hyperscan: Any, rules: Sequence[Rule], at: int) -> bool:
    try:
        _compiled(hyperscan, rules, [at])
    except hyperscan.error:
        return False
    return True


def _load(hyperscan: Any, kept: bytes | None) -> Any:
    """A kept database, None where there is none or it was made for another processor."""
    if kept is None:
        return None
    try:
        database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.error:
        return None
    return database


def _key(rules: Sequence[Rule], hyperscan: Any) -> str:
    digest = hashlib.sha256(hyperscan.__version__.encode())
    for rule in rules:
        digest.update(b"\0" + rule.trigger)
    return digest.hexdigest()


class Re2Engine:
    """One set tells which triggers occur at all, then each is looked for alone."""

    name = "re2"

    def __init__(self, rules: Sequence[Rule]) -> None:
        import re2

        options = byte_options()
        options.max_mem = 256 << 20
        self._set = re2.Set.SearchSet(options)
        for rule in rules:
            self._set.Add(b"(?m)" + rule.trigger)
        self._set.Compile()
        self._rules = list(rules)
        self._compiled: dict[int, Any] = {}

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """The pieces that a match of some trigger touches, each once."""
        if not self._rules:
            return
        for rule in sorted(self._set.Match(data) or ()):
            seen = set()
            for piece in self._of(rule, data):
                if piece not in seen:
                    seen.add(piece)
                    yield rule, *piece

    def _of(self, rule: int, data: bytes) -> Iterator[tuple[int, int]]:
        if self._rules[rule].clause:
            # A stranger's pattern may run over lines and swallow what matches within them.
            yield from _all_pieces(data)
            return
        if rule not in self._compiled:
            self._compiled[rule] = compiled(self._rules[rule].trigger)
        for match in self._compiled[rule].finditer(data):
            # A match that overlaps this one may end up to a cell behind it.
            start, end = line_around(data, match.start())
            yield start, end
            while end < len(data) and data[end] != 10 and end <= match.end() + CELL:
                start, end = line_around(data, start // CELL * CELL + 2 * CELL)
                yield start, end


def _all_pieces(data: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(data):
        start, end = line_around(data, at)
        yield start, end
        at = end + 1 if end == len(data) or data[end] == 10 else max(end - CELL, at + 1)


def byte_options() -> Any:
    """RE2 options for bytes of any encoding, silent about what it cannot do."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return options


def compiled(pattern: bytes) -> Any:
    """A pattern of RE2 for bytes; `^` and `$` are ends of lines. Raises `re2.error`."""
    import re2

    return re2.compile(b"(?m)" + pattern, byte_options())
