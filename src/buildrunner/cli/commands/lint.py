"""`br lint`: every finding with its place, what is wrong and how to mend it."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, REFUSED, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from buildrunner.cli.output import Output

_COLORS = {"error": "red", "warning": "yellow"}


def run_lint(context: Context) -> int:
    """Lint the workspace's plan, the files named, or (`-`) standard input."""
    from buildrunner.spec.lint import lint

    out, strict = context.out, context.arguments.flag("strict")
    reports: list[dict[str, Any]] = []
    errors = warnings = 0
    for name, data in _inputs(context):
        findings = lint(data)
        print_findings(out, name, findings)
        errors += sum(finding.severity == "error" for finding in findings)
        warnings += sum(finding.severity != "error" for finding in findings)
        reports.append({"path": name, "findings": [finding.as_dict() for finding in findings]})
    ok = not errors and not (strict and warnings)
    out.emit({"ok": ok, "errors": errors, "warnings": warnings, "files": reports})
    names = ", ".join(report["path"] for report in reports)
    if errors or warnings:
        out.note(f"{names}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    else:
        out.note(f"{out.paint(out.pick('✓', 'ok'), 'green', words=True)} {names}: no findings")
    return OK if ok else REFUSED


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _inputs(context: Context) -> list[tuple[str, bytes]]:
    """(name as shown, bytes) of everything to lint."""
    given = context.arguments.texts("PATH")
    if context.arguments.flag("staged"):
        return [_staged(context)]
    if not given:
        workspace = context.workspace
        return [(shown(workspace.plan_path), workspace.read_bytes())]
    found = []
    for name in given:
        if name == "-":
            found.append(("<stdin>", sys.stdin.buffer.read()))
            continue
        path = context.path(name)
        if os.path.isdir(path):
            from buildrunner.workspace.folder import find

            path = find(path).plan_path
        found.append((shown(path), read_file(path)))
    return found


def read_file(path: str) -> bytes:
    """The bytes of a file named on the command line. Raises a Refusal (exit code 3)."""
    from buildrunner.workspace.files import read

    try:
        return read(path)
    except FileNotFoundError:
        raise Refusal(
            "no_file", f"there is no file {path}", missing=[path], exit_code=NO_WORKSPACE
        ) from None


def _staged(context: Context) -> tuple[str, bytes]:
    from buildrunner.workspace import git

    workspace = context.workspace
    root = git.require(workspace.root)
    name = os.path.relpath(workspace.plan_path, root)
    return name, git.run_bytes(["cat-file", "blob", f":{name}"], workspace.root)


def shown(path: str) -> str:
    """A path as short as it can be said from where the user stands."""
    try:
        near = os.path.relpath(path)
    except FileNotFoundError:  # the current folder was removed
        return path
    return path if near.startswith("..") else near


def print_findings(out: Output, name: str, findings: Sequence[Any], *, words: bool = False) -> None:
    """One finding a line, `path:line:column: severity code message`, then how to mend it."""
    for finding in findings:
        place = f"{name}:{finding.line}:{finding.column}" if finding.line else name
        severity = out.paint(finding.severity, _COLORS.get(finding.severity, "dim"), words=words)
        line = f"{place}: {severity} {finding.code} {finding.message}"
        if finding.hint:
            line += "\n    " + out.paint(finding.hint, "dim", words=words)
        (out.note if words else out.data)(line)
