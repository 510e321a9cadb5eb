"""The baseline: findings a team has looked at and lives with, by fingerprint, never in clear."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from buildrunner.policy.scan.scanner import Hit

PATH = "buildrunner/governance/scan-baseline.json"
_TYPE = "buildrunner.scan-baseline/1"
Entry = tuple[str, str, str]  # path, rule, fingerprint


class BaselineError(Exception):
    """A baseline that cannot be read; the message says what is wrong."""


class Baseline:
    """Known findings: each covers as many occurrences in its file as were there."""

    __slots__ = ("_counts",)

    def __init__(self, counts: Counter[Entry] | None = None) -> None:
        self._counts: Counter[Entry] = Counter() if counts is None else counts

    def __len__(self) -> int:
        return sum(self._counts.values())

    @classmethod
    def loads(cls, data: bytes) -> Baseline:
        """Raises BaselineError."""
        try:
            document = json.loads(data)
            if document.get("type") != _TYPE:
                raise BaselineError(f"its type is not {_TYPE}")
            counts: Counter[Entry] = Counter()
            for path, known in document["findings"].items():
                for each in known:
                    counts[path, each["rule"], each["fingerprint"]] += int(each.get("count", 1))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BaselineError(f"it is no scan baseline: {error}") from error
        return cls(counts)

    @classmethod
    def of(cls, found: Iterable[tuple[str, Hit]]) -> Baseline:
        """The baseline that covers these findings."""
        return cls(Counter((path, hit.rule, hit.fingerprint) for path, hit in found))

    def joined(self, other: Baseline) -> Baseline:
        """What either of the two covers."""
        return Baseline(self._counts | other._counts)

    def dumps(self) -> str:
        """Sorted, one finding a line, so that two branches merge."""
        files: dict[str, list[dict[str, Any]]] = {}
        for (path, rule, mark), count in sorted(self._counts.items()):
            entry: dict[str, Any] = {"rule": rule, "fingerprint": mark}
            if count > 1:
                entry["count"] = count
            files.setdefault(path, []).append(entry)
        lines = []
        for path, known in files.items():
            rows = ",\n".join("      " + json.dumps(each) for each in known)
            lines.append(f"    {json.dumps(path)}: [\n{rows}\n    ]")
        body = ",\n".join(lines)
        inner = f"{{\n{body}\n  }}" if body else "{}"
        return f'{{\n  "type": "{_TYPE}",\n  "findings": {inner}\n}}\n'

    def without_known(self, found: Iterable[tuple[str, Hit]]) -> list[tuple[str, Hit]]:
        """The findings that the baseline does not cover."""
        left = Counter(self._counts)
        new = []
        for path, hit in found:
            key = path, hit.rule, hit.fingerprint
            if left[key] > 0:
                left[key] -= 1
            else:
                new.append((path, hit))
        return new

    def stale(self, found: Iterable[tuple[str, Hit]]) -> int:
        """How many known findings are there no more."""
        now = Counter((path, hit.rule, hit.fingerprint) for path, hit in found)
        return sum((self._counts - now).values())
