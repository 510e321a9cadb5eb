"""Verdicts on what a command printed, a server answered, or a file holds."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence.expectations import jsonpath, patterns
from buildrunner.evidence.expectations.definitions import expectation, text, whole_numbers
from buildrunner.evidence.expectations.verdict import ExpectationError, Verdict, failed, passed


def judge_exit(definition: dict[str, Any], code: int) -> Verdict | None:
    """The failure of `expect.exit` (0 unless said); None where the code is an expected one."""
    wanted = whole_numbers(expectation(definition), "exit", 0)
    if code in wanted:
        return None
    return failed(f"exit code {code}, not {' or '.join(map(str, wanted))}{_meaning(code)}")


def _meaning(code: int) -> str:
    """What a POSIX shell means by a code of its own."""
    if code == 127:
        return " (the shell found no such command; PATH is that of br)"
    if code == 126:
        return " (found, but it cannot be executed)"
    return ""


def judge_command(
    definition: dict[str, Any], code: int, output: str, stdout: str, *, whole: bool = True
) -> Verdict:
    """`exit`, then `regex` and `not_regex` on the output, then `json` on standard output."""
    expect = expectation(definition)
    return (
        judge_exit(definition, code)
        or patterns.judge(expect, output, "the output", whole=whole)
        or jsonpath.judge(expect.get("json"), stdout, "standard output", whole=whole)
        or passed(f"exit code {code}")
    )


def judge_answer(
    definition: dict[str, Any], status: int, body: str, *, whole: bool = True
) -> Verdict:
    """`status` (200 unless said), `regex` and `not_regex` on the body, `json`."""
    expect = expectation(definition)
    wanted = whole_numbers(expect, "status", 200)
    if status not in wanted:
        return failed(f"status {status}, not {' or '.join(map(str, wanted))}")
    return (
        patterns.judge(expect, body, "the body", whole=whole)
        or jsonpath.judge(expect.get("json"), body, "the body", whole=whole)
        or passed(f"status {status}")
    )


def judge_file(
    definition: dict[str, Any], path: str, *, exists: bool, digest: str, content: str, whole: bool
) -> Verdict:
    """`exists` (true unless said), `sha256`, `regex` and `not_regex`, `json`.

    `digest` is the hexadecimal SHA-256 of the whole file.
    """
    expect = expectation(definition)
    wanted = expect.get("exists", True)
    if not isinstance(wanted, bool):
        raise ExpectationError("exists must be true or false")
    if not exists:
        return failed(f"{path} does not exist") if wanted else passed(f"{path} does not exist")
    if not wanted:
        return failed(f"{path} exists")
    sha = text(expect, "sha256").lower().removeprefix("sha256:")
    if sha and (len(sha) != 64 or not set(sha) <= set("0123456789abcdef")):
        raise ExpectationError("sha256 must be 64 hexadecimal digits")
    if sha and sha != digest:
        return failed(f"{path} has SHA-256 {digest[:16]}…, not {sha[:16]}…")
    return (
        patterns.judge(expect, content, path, whole=whole)
        or jsonpath.judge(expect.get("json"), content, path, whole=whole)
        or passed(f"{path} is as expected")
    )
