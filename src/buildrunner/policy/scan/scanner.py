"""Scanning one text: engine, patterns, judgement, allow-lists; a secret never leaves in clear."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from buildrunner.policy.scan import judging, personal
from buildrunner.policy.scan.engines import Engine, Store, best_engine, compiled
from buildrunner.policy.scan.judging import Candidate
from buildrunner.policy.scan.rule import ANYWHERE, Rule
from buildrunner.policy.scan.rules import ScanRules

# A file with more is data; telling all of it helps nobody.
MOST_HITS = 1000
# More random strings of one length in a file are a table of checksums.
TABLE = 50
_HEAD = 8192
Check = Callable[[Candidate], bool]
_CHECKS: dict[str, Check] = {**judging.CHECKS, **personal.CHECKS}
# `# br:allow-secret the reason`; without a reason it does not count.
PRAGMA = re.compile(rb"br:allow-secret\b[ \t:]*([^\r\n]*)")
_CONFIGURATION = (
    ".yml", ".yaml", ".ini", ".cfg", ".conf", ".cnf", ".cf", ".properties", ".props", ".toml", ".env", ".envrc", ".tfvars",
    ".netrc", ".npmrc", ".pypirc", ".htpasswd", ".pgpass", ".sh", ".bash", ".zsh", ".eyaml", ".service", ".secret", ".secrets",
    ".credentials", "dockerfile", "/credentials", "/config", ".txt.env", ".config",
)  # fmt: skip


class Hit(NamedTuple):
    """A finding. `line` and `column` count from 1, the column in bytes; `masked` may be shown.

    `fingerprint` is the same wherever the same secret stands; `clause` is where in a policy the
    rule comes from, "" for our own.
    """

    rule: str
    line: int
    column: int
    masked: str
    fingerprint: str
    severity: str
    title: str
    kind: str
    clause: str


class Scanner:
    """Scans texts by one set of rules.

    Not for several threads at once: a Hyperscan database has one working space.
    """

    def __init__(
        self, rules: ScanRules, *, store: Store | None = None, engine: type[Engine] | None = None
    ) -> None:
        self.rules = rules
        self._store = store
        self._engine_type = engine
        self._engines: dict[bool, tuple[Engine, list[Rule]]] = {}
        self._patterns: dict[int, tuple[Any, range, Check | None]] = {}

    def scan(self, data: bytes, path: str) -> list[Hit]:
        """Everything found, in the order of the text. `path` from the root, with `/`."""
        if not data or not self.rules.rules or self.rules.excludes(path):
            return []
        data = as_text(data)
        if not data:
            return []
        engine, rules = self.engine_for(path)
        found: list[tuple[int, int, int, Rule]] = []
        for number, start, end in engine.pieces(data):
            rule = rules[number]
            found += [
                (number, kept.start, kept.end, rule)
                for kept in self._candidates(rule, data, start, end, path)
            ]
            if len(found) > 20 * MOST_HITS:
                break
        hits = _reported(data, found, pragmas=self.rules.inline) if found else []
        off = self.rules.off
        return [hit for hit in hits if hit.rule not in off] if off else hits

    def engine_for(self, path: str) -> tuple[Engine, list[Rule]]:
        """The engine for a file, and the rules its numbers stand for."""
        configuration = is_configuration(path)
        if configuration not in self._engines:
            rules = [rule for rule in self.rules.rules if configuration or rule.scope == ANYWHERE]
            make = self._engine_type
            engine = make(rules) if make is not None else best_engine(rules, self._store)  # type: ignore[call-arg]
            self._engines[configuration] = engine, rules
        return self._engines[configuration]

    def _candidates(
        self, rule: Rule, data: bytes, start: int, end: int, path: str
    ) -> list[Candidate]:
        """The matches of a rule in a piece that are judged to be secrets."""
        known = self._patterns.get(id(rule))
        if known is None:
            # Candidates of these are so many that RE2's way through Python would be felt; a run
            # of one class between quotes is linear for any engine.
            pattern = re.compile(rule.pattern) if rule.guessed else compiled(rule.pattern)
            groups = range(1, pattern.groups + 1)
            known = pattern, groups, _CHECKS.get(rule.check)
            self._patterns[id(rule)] = known
        pattern, groups, check = known
        kept = []
        for match in pattern.finditer(data, start, end):
            low, high = match.span()
            for group in groups:
                place = match.span(group)
                if place[0] >= 0:
                    low, high = place
                    break
            if low == high or (rule.left and _touches(data, low - 1, rule.alone)):
                continue
            if rule.right and _touches(data, high, rule.alone):
                continue
            candidate = Candidate(data, low, high, start, end, path, match.start())
            if check is not None and not check(candidate):
                continue
            if not self.rules.allows(candidate.secret):
                kept.append(candidate)
        return kept


def as_text(data: bytes) -> bytes:
    """The text of a file as UTF-8 or as it is; empty for a binary file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not data.startswith(b"\xff\xfe\0\0"):
        try:
            return data.decode("utf-16").encode(errors="replace")
        except UnicodeDecodeError:
            return b""
    return b"" if b"\0" in data[:_HEAD] else data


def is_configuration(path: str) -> bool:
    """Whether values need no quotes in a file of this name."""
    lower = path.lower()
    name = lower.rpartition("/")[2]
    return lower.endswith(_CONFIGURATION) or name.startswith((".env", "dockerfile", "env."))


def fingerprint(rule: str, secret: bytes) -> str:
    """What stands for a secret in baselines and reports."""
    return hashlib.sha256(b"br-scan/1\0" + rule.encode() + b"\0" + secret).hexdigest()[:32]


_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

_BASE64 = _LETTERS | frozenset(b"+/_")


def _touches(data: bytes, at: int, alone: bool) -> bool:
    """Whether what stands at `at` belongs to the same word."""
    return 0 <= at < len(data) and data[at] in (_BASE64 if alone else _LETTERS)


def _reported(data: bytes, found: list[tuple[int, int, int, Rule]], *, pragmas: bool) -> list[Hit]:
    """Hits without overlaps and without what a pragma allows, in the order of the text."""
    found.sort(key=lambda each: (each[0], each[1], -each[2]))
    taken: list[tuple[int, int, Rule]] = []
    ends: dict[int, list[tuple[int, int]]] = {}
    for _, start, end, rule in found:
        # Compared by neighbourhood: secrets are short, so overlaps share a cell of 512 bytes.
        cells = range(start >> 9, (end >> 9) + 1)
        if any(low < end and start < high for cell in cells for low, high in ends.get(cell, ())):
            continue
        for cell in cells:
            ends.setdefault(cell, []).append((start, end))
        taken.append((start, end, rule))
    taken.sort(key=lambda each: each[0])
    taken, more = _without_tables(taken)
    hits = []
    line, counted = 1, 0
    for start, end, rule in taken[:MOST_HITS]:
        line += data.count(b"\n", counted, start)
        counted = start
        if pragmas and _is_allowed(data, start):
            continue
        column = start - data.rfind(b"\n", 0, start)
        secret = data[start:end]
        hits.append(
            Hit(
                rule.id,
                line,
                column,
                masked(rule, secret) + more.get(start, ""),
                fingerprint(rule.id, secret),
                rule.severity,
                rule.title,
                rule.kind,
                rule.clause,
            )
        )
    return hits


def _without_tables(
    taken: list[tuple[int, int, Rule]],
) -> tuple[list[tuple[int, int, Rule]], dict[int, str]]:
    """Of many random strings of one length, as tables of checksums have them, only the first.

    With it what is to be said of the others, by where the first begins.
    """
    alike = Counter((rule.id, end - start) for start, end, rule in taken if rule.guessed)
    tables = {key for key, count in alike.items() if count > TABLE}
    if not tables:
        return taken, {}
    kept, more, told = [], {}, set()
    for start, end, rule in taken:
        key = rule.id, end - start
        if rule.guessed and key in tables:
            if key in told:
                continue
            told.add(key)
            more[start] = f", and {alike[key] - 1} more of this length"
        kept.append((start, end, rule))
    return kept, more


def masked(rule: Rule, secret: bytes) -> str:
    """What it is and how long, with nothing of it but the prefix that names its kind."""
    size = len(secret)
    if rule.check == "private_key":
        return rule.title
    shown = secret[: rule.prefix].decode("ascii", "replace") if size > rule.prefix + 8 else ""
    return (
        f"{rule.title} ({shown}… {size} characters)"
        if shown
        else f"{rule.title} ({size} characters)"
    )


def _is_allowed(data: bytes, at: int) -> bool:
    """Whether a pragma with a reason stands on the line, or alone on the line above."""
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    end = len(data) if end < 0 else end
    if end - start < 20_000 and _has_pragma(data[start:end]):
        return True
    above_start = data.rfind(b"\n", 0, max(start - 1, 0)) + 1
    above = data[above_start : max(start - 1, 0)].strip()
    return len(above) < 500 and above[:2] in _COMMENTS and _has_pragma(above)


_COMMENTS = (b"# ", b"#b", b"//", b"/*", b"--", b"<!", b"; ", b";b", b'"b', b"% ", b"{#")


def _has_pragma(line: bytes) -> bool:
    match = PRAGMA.search(line)
    return match is not None and len(re.findall(rb"[A-Za-z]{2,}", match[1])) >= 1
