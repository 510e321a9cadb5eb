"""Rules about what stands in the lines a change adds."""

from __future__ import annotations

import json
import threading
from typing import Any

from buildrunner.policy.case import Case
from buildrunner.policy.change import SUBMODULE, TEXTS, FileChange
from buildrunner.policy.scan.engines import Re2Engine
from buildrunner.policy.scan.rule import PII
from buildrunner.policy.scan.rules import ScanRules
from buildrunner.policy.scan.scanner import Hit, Scanner

_ALLOW = b"br:allow-secret"
_NEUTRAL = b"br:allow_secret"
# From here on compiling all rules for one pass (0.6 s) pays.
_LARGE = 8_000_000
_made = threading.local()


def judge_secrets(case: Case) -> None:
    """`secret` and `personal-data` in added lines, `not-scanned` for files without lines."""
    said = case.part("secret_scan")
    forced = case.part("security").get("require_security_scan") is True
    policy = case.policy
    if forced and said.get("enabled") is False:
        policy = {**policy, "secret_scan": {**said, "enabled": True}}
    rules = ScanRules.from_policy(policy)
    if not rules.rules:
        return
    scanner = _scanner(policy, rules, _size(case))
    _messages(case, scanner, blocks=rules.blocks)
    for file in case.change.files:
        if file.mode_after == SUBMODULE or file.status == "deleted":
            continue
        if file.truncated and not rules.excludes(file.path):
            message = f"{file.path} is too large to be scanned with the change"
            case.deny("not-scanned", message, content=file.digest, file=file, line=1)
        elif file.binary and not file.hunks and file.path.lower().endswith(TEXTS):
            message = f"{file.path} is named like text but holds binary data, which is not scanned"
            case.deny("not-scanned", message, content=file.digest, file=file, line=1)
        elif file.hunks:
            _scan(case, scanner, file, blocks=rules.blocks)


def _messages(case: Case, scanner: Scanner, *, blocks: bool) -> None:
    """What is said of the change is kept as long as what it does."""
    change = case.change
    texts = [("the title", change.title), ("the description", change.body)]
    texts += [(f"the message of {commit.id[:12]}", commit.message) for commit in change.commits]
    for where, text in texts:
        for hit in scanner.scan((text or "").encode("utf-8", "replace"), "message.txt"):
            if hit.kind == PII or hit.severity != "error":
                continue
            case.deny(
                "secret",
                f"{hit.masked} in {where}",
                content=[where, hit.rule, hit.fingerprint],
                severity=None if blocks else "alert",
            )


def _size(case: Case) -> int:
    return sum(len(text) for file in case.change.files for _, text in file.added())


def _scanner(policy: dict[str, Any], rules: ScanRules, size: int) -> Scanner:
    """A scanner of this thread; making one costs more than scanning a small change."""
    if size > _LARGE:
        return Scanner(rules)
    known: dict[str, Scanner] = _made.__dict__.setdefault("scanners", {})
    key = json.dumps(policy.get("secret_scan"), sort_keys=True, default=str)
    if key not in known:
        if len(known) >= 4:
            known.clear()
        known[key] = Scanner(rules, engine=Re2Engine)
    return known[key]


def _scan(case: Case, scanner: Scanner, file: FileChange, *, blocks: bool) -> None:
    numbers: list[int] = []
    lines: list[bytes] = []
    for hunk in file.hunks:
        if lines and hunk.added:
            numbers.append(0)
            lines.append(b"")
        for number, text in hunk.added:
            numbers.append(number)
            lines.append(text.encode("utf-8", "replace").replace(b"\n", b" "))
    data = b"\n".join(lines)
    if not data:
        return
    path = file.path.encode("utf-8", "backslashreplace").decode()
    excused = set()
    hits = scanner.scan(data.replace(_ALLOW, _NEUTRAL), path)
    if _ALLOW in data and case.part("secret_scan").get("inline_allow") is not False:
        kept = {(hit.line, hit.rule) for hit in scanner.scan(data, path)}
        excused = {(hit.line, hit.rule) for hit in hits} - kept
    for hit in hits:
        number = numbers[hit.line - 1] if hit.line <= len(numbers) else file.first_line
        _deny(case, file, hit, number, blocks=blocks, excused=(hit.line, hit.rule) in excused)


def _deny(
    case: Case, file: FileChange, hit: Hit, line: int, *, blocks: bool, excused: bool
) -> None:
    rule = "personal-data" if hit.kind == PII else "secret"
    told = " (allowed in the line itself)" if excused else ""
    soft = excused or not blocks or hit.severity != "error"
    case.deny(
        rule,
        f"{hit.masked}{told}",
        content=[hit.rule, hit.fingerprint],
        clause=hit.clause or ("secret_scan.pii" if rule == "personal-data" else "secret_scan"),
        file=file,
        line=line,
        column=hit.column,
        severity="alert" if soft else None,
    )
