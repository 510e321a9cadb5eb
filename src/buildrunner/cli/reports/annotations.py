"""Workflow commands of GitHub Actions, which show findings beside the lines of a pull request."""

from collections.abc import Iterable, Mapping
from typing import Any

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotations(results: Iterable[Mapping[str, Any]]) -> str:
    """One command a finding, each on a line of its own; waived ones become notices.

    What a finding quotes cannot begin a command of its own: line ends are escaped as GitHub's
    toolkit does.
    """
    lines = []
    for result in results:
        command = _COMMANDS.get(str(result.get("level")), "warning")
        message = str(result["message"])
        if result.get("waived"):
            command, message = "notice", f"{message}\nWaived: {result['waived']}"
        elif result.get("help"):
            message = f"{message}\n{result['help']}"
        places = {
            "file": result.get("path"),
            "line": result.get("line"),
            "col": result.get("column"),
            "title": result.get("title") or result["rule"],
        }
        said = ",".join(f"{key}={_property(str(value))}" for key, value in places.items() if value)
        lines.append(f"::{command} {said}::{_data(message)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
