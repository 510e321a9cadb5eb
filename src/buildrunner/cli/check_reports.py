"""The results of checks as JUnit and SARIF files, for CI systems and code hosts."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.masking import mask
from buildrunner.workspace import files, git
from buildrunner.workspace.checks.runner import Outcome
from buildrunner.workspace.checks.selection import Duty
from buildrunner.workspace.folder import PLAN

_KINDS = {
    "command": "A command does what it should",
    "http": "A server answers as it should",
    "file": "A file is as it should be",
    "junit": "Tests pass",
    "sarif": "An analysis finds nothing",
    "coverage": "Tests cover enough",
}
SUITE = "br qa run"
Results = list[tuple[Duty, Outcome]]


def write_reports(context: Context, results: Results) -> dict[str, str]:
    """Write what `--junit` and `--sarif` ask for; option → path."""
    written: dict[str, str] = {}
    for option, render in (("junit", _junit), ("sarif", _sarif)):
        name = context.arguments.text(option)
        if name is None:
            continue
        path = context.path(name)
        files.make_folder(os.path.dirname(path))
        files.write(path, render(results).encode())
        written[option] = path
        _warn_of_content(context, path)
    return written


def _warn_of_content(context: Context, path: str) -> None:
    """A report in the content that evidence is about makes that evidence stale at once."""
    root = os.path.realpath(context.workspace.root)
    name = os.path.relpath(os.path.realpath(path), root)
    if name.startswith(("..", "buildrunner" + os.sep)):
        return
    ignored = git.run(["check-ignore", "--no-index", "--", name], root, check=False)
    if not ignored:
        context.out.note(
            f"warning: {name} is no file that git ignores: checks without `paths` count it, and "
            "their evidence is stale now; ignore it, or write it under buildrunner/state/"
        )


def _junit(results: Results) -> str:
    from buildrunner.cli.reports.junit import junit

    cases = []
    for duty, outcome in results:
        cases.append(
            {
                "name": duty.check.id or duty.check.kind,
                "classname": duty.entity.id,
                "outcome": outcome.verdict.outcome,
                "seconds": outcome.duration_ms / 1000,
                "message": mask(outcome.verdict.reason),
                "path": PLAN,
                "output": outcome.output.excerpt(os.environ),
            }
        )
    return junit(SUITE, cases)


def annotate(context: Context, results: Results) -> None:
    """In GitHub Actions what did not pass is shown beside the lines it names."""
    if os.environ.get("GITHUB_ACTIONS") != "true" or context.out.json:
        return
    from buildrunner.cli.reports.annotations import annotations

    text = annotations(_findings(results)).rstrip("\n")
    if text:
        context.out.data(text)


def _sarif(results: Results) -> str:
    from buildrunner.cli.reports.sarif import sarif

    rules = {f"check/{kind}": {"title": title, "level": "error"} for kind, title in _KINDS.items()}
    return json.dumps(sarif("br qa", rules, _findings(results)), indent=1)


def _findings(results: Results) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for duty, outcome in results:
        if outcome.verdict.passed:
            continue
        about = f"{duty.entity.id} {duty.check.id or duty.check.kind}"
        found.append(_result(duty, f"check/{duty.check.kind}", "error", PLAN, None,
                             f"{about}: {outcome.verdict.reason}"))  # fmt: skip
        found += [
            _result(duty, str(each["rule"]), str(each["level"]), each["path"], each["line"],
                    f"{each['message']} ({about})")
            for each in outcome.verdict.findings
        ]  # fmt: skip
    return found


def _result(
    duty: Duty, rule: str, level: str, path: Any, line: Any, message: str
) -> dict[str, Any]:
    identity = f"{duty.entity.id}\n{duty.check.digest}\n{rule}\n{path}\n{line}"
    return {
        "rule": rule,
        "level": level if level in ("error", "warning", "note") else "note",
        "message": mask(message),
        "path": path or PLAN,
        "line": line,
        "fingerprint": sha256(identity.encode(errors="surrogateescape")).hexdigest(),
    }
