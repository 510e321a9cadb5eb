"""JUnit XML as CI systems read it: one `testsuite`, one `testcase` a case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# What XML 1.0 cannot hold, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit(suite: str, cases: Iterable[Mapping[str, Any]]) -> str:
    """The document as text.

    A case is {"name", "classname", "outcome": passed | failed | error | skipped} and, where
    known, "seconds", "message", "text" (the details), "path", "line", "output".
    """
    listed = list(cases)
    counts = {
        name: sum(case["outcome"] == outcome for case in listed)
        for name, outcome in (("failures", "failed"), ("errors", "error"), ("skipped", "skipped"))
    }
    seconds = f"{sum(float(case.get('seconds') or 0) for case in listed):.3f}"
    head = {"name": suite, "tests": len(listed), **counts, "time": seconds}
    body = "".join(_case(case, suite) for case in listed)
    totals = {key: head[key] for key in ("tests", "failures", "errors", "skipped", "time")}
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites{_attributes({'name': suite, **totals})}>\n"
        f"  <testsuite{_attributes(head)}>\n{body}  </testsuite>\n</testsuites>\n"
    )


def cases_of(
    rules: Mapping[str, Mapping[str, Any]], results: Iterable[Mapping[str, Any]], suite: str
) -> list[dict[str, Any]]:
    """Findings as cases: each rule that found nothing passes, each finding is a failed case.

    Findings that are waived or only notes or warnings are skipped cases, so that a report fails
    exactly when the command does.
    """
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name in rules}
    for result in results:
        found.setdefault(str(result["rule"]), []).append(result)
    cases: list[dict[str, Any]] = []
    for rule, listed in found.items():
        if not listed:
            cases.append({"name": rule, "classname": suite, "outcome": "passed"})
        for result in listed:
            path, line = result.get("path"), result.get("line")
            place = f"{path}:{line}" if path and line else path or ""
            fails = result.get("level") == "error" and not result.get("waived")
            cases.append(
                {
                    "name": f"{rule}: {place}" if place else rule,
                    "classname": f"{suite}.{rule}",
                    "outcome": "failed" if fails else "skipped",
                    "message": result["message"],
                    "text": result.get("waived") or result.get("help") or "",
                    "path": path,
                    "line": line,
                }
            )
    return cases


def _case(case: Mapping[str, Any], suite: str) -> str:
    said = {
        "name": case["name"],
        "classname": case.get("classname") or suite,
        "time": f"{float(case.get('seconds') or 0):.3f}",
        "file": case.get("path"),
        "line": case.get("line"),
    }
    inside = ""
    tag = _TAGS.get(case["outcome"])
    if tag:
        message = {"message": case.get("message") or case["outcome"]}
        if tag != "skipped":
            message["type"] = tag
        text = _escaped(str(case.get("text") or ""))
        inside += f"      <{tag}{_attributes(message)}>{text}</{tag}>\n"
    if case.get("output"):
        inside += f"      <system-out>{_escaped(str(case['output']))}</system-out>\n"
    if not inside:
        return f"    <testcase{_attributes(said)}/>\n"
    return f"    <testcase{_attributes(said)}>\n{inside}    </testcase>\n"


def _attributes(values: Mapping[str, Any]) -> str:
    return "".join(
        f' {name}="{_escaped(str(value), quotes=True)}"'
        for name, value in values.items()
        if value is not None
    )


def _escaped(text: str, *, quotes: bool = False) -> str:
    text = _FORBIDDEN.sub("\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if quotes:
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\r", "&#13;")
        text = text.replace("\t", "&#9;")
    return text
