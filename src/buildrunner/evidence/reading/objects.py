"""JSON from strangers: one object, bounded, with the place of a mistake."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.evidence.reading.errors import ReportError, check_size

# A tree of JSON takes up to thirty times the room of its text.
MOST_BYTES = 32 * 1024 * 1024


def load(data: bytes, name: str) -> dict[str, Any]:
    """The object in a file. Raises ReportError with line and column."""
    check_size(data, name, MOST_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ReportError(
            "report_malformed", "not UTF-8", name=name, line=line, column=column
        ) from None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        raise ReportError(
            "report_aborted" if cut else "report_malformed",
            "the file ends in the middle: it was cut off" if cut else f"not JSON: {error.msg}",
            name=name,
            line=error.lineno,
            column=error.colno,
            hint="the run that wrote it was stopped; run it again" if cut else "",
        ) from None
    except RecursionError:
        raise ReportError("report_hostile", "nested too deep to be read", name=name) from None
    except ValueError as error:  # a number of thousands of digits
        raise ReportError("report_hostile", str(error), name=name) from None
    if not isinstance(value, dict):
        raise ReportError(
            "report_wrong_kind", "a JSON object is expected here", name=name, line=1, column=1
        )
    return value
