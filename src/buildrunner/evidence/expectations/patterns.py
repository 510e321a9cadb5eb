"""Regular expressions of a definition: RE2, so that none of them runs longer than its text."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence.expectations.definitions import texts
from buildrunner.evidence.expectations.verdict import ExpectationError, Verdict, brief, failed


def compiled(pattern: str) -> Any:
    """The pattern as RE2 takes it. Raises ExpectationError with RE2's words."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        words = error.args[0] if error.args else b""
        said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        raise ExpectationError(f"the pattern {brief(pattern)} does not compile: {said}") from None


def judge(expect: dict[str, Any], text: str, what: str, *, whole: bool = True) -> Verdict | None:
    """The failure of `regex` or `not_regex` against a text; None where they hold.

    `whole` is False where the middle of the text was not kept.
    """
    missing = "" if whole else " (its middle was too long to be kept)"
    for pattern in texts(expect, "regex"):
        if compiled(pattern).search(text) is None:
            return failed(f"{what} does not match {brief(pattern)}{missing}")
    for pattern in texts(expect, "not_regex"):
        found = compiled(pattern).search(text)
        if found is not None:
            return failed(f"{what} matches {brief(pattern)}, which it must not: {brief(found[0])}")
        if not whole:
            return failed(f"{what} was too long to be searched whole for {brief(pattern)}")
    return None
