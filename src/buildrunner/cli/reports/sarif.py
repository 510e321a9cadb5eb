"""SARIF 2.1.0 (OASIS Standard, 27 March 2020): one run, one `rule` object a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Under this name fingerprints are compared from run to run.
FINGERPRINT = "buildrunner/v1"
_LEVELS = ("error", "warning", "note")


def sarif(
    tool: str,
    rules: Mapping[str, Mapping[str, Any]],
    results: Iterable[Mapping[str, Any]],
    *,
    succeeded: bool = True,
) -> dict[str, Any]:
    """The log of one run as JSON.

    `rules` maps each id the run can report to {"title", "help", "level"}; rules that only a
    result names are added from what it says. `succeeded` is whether the tool came to its end, not
    whether it found nothing.
    """
    from buildrunner import __version__

    found = list(results)
    known: dict[str, Mapping[str, Any]] = dict(rules)
    for result in found:
        known.setdefault(str(result["rule"]), result)
    places = {name: number for number, name in enumerate(known)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": tool,
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(name, rule) for name, rule in known.items()],
                    }
                },
                "invocations": [{"executionSuccessful": succeeded}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(result, places) for result in found],
            }
        ],
    }


def _rule(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    title = _text(rule.get("title") or name)
    written: dict[str, Any] = {"id": name, "shortDescription": {"text": title}}
    if rule.get("help"):
        written["help"] = {"text": _text(rule["help"])}
    level = rule.get("level")
    if level in _LEVELS:
        written["defaultConfiguration"] = {"level": level}
    return written


def _result(result: Mapping[str, Any], places: Mapping[str, int]) -> dict[str, Any]:
    rule = str(result["rule"])
    level = result.get("level")
    written: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": places[rule],
        "level": level if level in _LEVELS else "warning",
        "message": {"text": _text(result["message"])},
    }
    path = result.get("path")
    if path:
        place: dict[str, Any] = {
            "artifactLocation": {"uri": address(str(path)), "uriBaseId": "%SRCROOT%"}
        }
        if result.get("line"):
            place["region"] = {"startLine": max(1, int(result["line"]))}
            if result.get("column"):
                place["region"]["startColumn"] = max(1, int(result["column"]))
        written["locations"] = [{"physicalLocation": place}]
    if result.get("fingerprint"):
        written["partialFingerprints"] = {FINGERPRINT: str(result["fingerprint"])}
    if result.get("waived"):
        reason = _text(result["waived"])
        written["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
    return written


def address(path: str) -> str:
    """A path as a relative URI reference (RFC 3986); bytes that are no UTF-8 are escaped too."""
    written = quote(path.encode("utf-8", "surrogateescape"), safe="/-._~!$&'()*+,;=@")
    return written.removeprefix("/") or "."


def _text(value: Any) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
