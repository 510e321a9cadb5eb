"""What a check is told beside the revisions, and how denials are shown."""

from __future__ import annotations

import json
import os
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.output import Output
from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Change, Person
from buildrunner.policy.document import Loaded
from buildrunner.policy.judge import Denial
from buildrunner.policy.rules import ALERT, RULES
from buildrunner.workspace import git

_COLORS = {"block": "red", "approve": "yellow", "alert": "blue"}


def tell(context: Context, change: Change, *, base: str) -> None:
    """Put title, body, branch and target into a change: from options, else from GitHub."""
    arguments = context.arguments
    event = _event()
    change.title = _first(arguments.text("title"), event.get("title"))
    change.body = _first(_body(context, arguments.text("body")), event.get("body"))
    change.branch = _first(arguments.text("branch"), event.get("branch"), _branch(context))
    change.target = _first(
        arguments.text("target"), event.get("target"), base.removeprefix("origin/")
    )
    if change.target == "HEAD":
        change.target = _head_of_origin(context)
    if event.get("login"):
        change.author = Person(id=event["login"])
        change.event = event["event"]


def _first(*values: Any) -> str | None:
    return next((value for value in values if isinstance(value, str)), None)


def _branch(context: Context) -> str | None:
    head = context.arguments.text("head")
    if head is None or head == "HEAD":
        return git.branch(context.directory)
    full = git.run(["rev-parse", "--symbolic-full-name", head], context.directory, check=False)
    for prefix in ("refs/heads/", "refs/remotes/origin/"):
        if full.startswith(prefix):
            return full.removeprefix(prefix)
    return None


def _head_of_origin(context: Context) -> str | None:
    full = git.run(
        ["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], context.directory, check=False
    )
    return full.removeprefix("refs/remotes/origin/") or None


def _body(context: Context, given: str | None) -> str | None:
    """`--body TEXT`, or `--body @FILE`."""
    if given is None or not given.startswith("@"):
        return given
    from buildrunner.cli.commands.lint import read_file

    return read_file(context.path(given[1:])).decode("utf-8", "replace")


def _event() -> dict[str, Any]:
    """What GitHub Actions says of the pull request or push; {} elsewhere.

    Read from the event's file, so that no title is ever a word of a command line.
    """
    path = os.environ.get("GITHUB_EVENT_PATH")
    if os.environ.get("GITHUB_ACTIONS") != "true" or not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
        request = event.get("pull_request")
        if os.environ.get("GITHUB_EVENT_NAME") == "push":
            target = os.environ.get("GITHUB_REF_NAME")
            return {"event": "push", "target": target, "login": event["sender"]["login"]}
        if not isinstance(request, dict):
            return {}
        return {
            "event": "pull_request",
            "title": request.get("title"),
            "body": request.get("body") or "",
            "branch": request["head"]["ref"],
            "target": request["base"]["ref"],
            "login": request["user"]["login"],
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def approvals_of(context: Context, name: str | None) -> list[Approval]:
    """The approvals of a JSON file: our own form, or what GitHub answers for `reviews`."""
    if name is None:
        return []
    from buildrunner.cli.commands.lint import read_file

    data = read_file(context.path(name))
    try:
        listed = json.loads(data)
        if not isinstance(listed, list):
            raise ValueError("a list is wanted")
        return [
            Approval.from_dict(_of_github(each) if _is_review(each) else each)
            for each in _latest(listed)
        ]
    except ValueError as error:
        raise Refusal(
            "approvals_broken",
            f"{name}: {error}",
            hint='a list such as [{"id": "ada", "roles": ["TechLead"], "head": "<commit>"}]',
        ) from None


def _is_review(value: Any) -> bool:
    return isinstance(value, dict) and "state" in value and isinstance(value.get("user"), dict)


def _of_github(value: dict[str, Any]) -> dict[str, Any]:
    user = value["user"]
    return {
        "id": str(user.get("login", "")),
        "kind": "person" if user.get("type", "User") == "User" else "service",
        "head": str(value.get("commit_id") or ""),
        "roles": [],
    }


def _latest(listed: list[Any]) -> list[Any]:
    """Without reviews of GitHub that are no approvals, or that their author took back later."""
    last: dict[str, str] = {}
    for each in listed:
        if _is_review(each) and each["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            last[str(each["user"].get("login"))] = each["state"]
    return [
        each
        for each in listed
        if not _is_review(each)
        or (each["state"] == "APPROVED" and last[str(each["user"].get("login"))] == "APPROVED")
    ]


def judged_rules() -> dict[str, dict[str, Any]]:
    """The catalogue as report writers take it."""
    return {
        rule.id: {
            "title": rule.title,
            "help": f"{rule.why} {rule.mend}",
            "level": "warning" if rule.action == ALERT else "error",
        }
        for rule in RULES.values()
    }


def results_of(denials: list[Denial], loaded: Loaded | None) -> list[dict[str, Any]]:
    """Denials as report writers take them; one without a file stands at its clause."""
    found = []
    for denial in denials:
        path, line = denial.path, denial.line
        if not path and loaded is not None:
            path, line = loaded.name, clause_line(loaded, denial.clause) or 1
        found.append(
            {
                "rule": denial.rule,
                "level": "warning" if denial.severity == ALERT else "error",
                "message": denial.message,
                "path": path,
                "line": line,
                "column": denial.column,
                "fingerprint": denial.fingerprint,
                "title": RULES[denial.rule].title,
                "help": denial.mend,
                "waived": denial.waived_by,
            }
        )
    return found


def clause_line(loaded: Loaded, clause: str) -> int | None:
    """The line of a clause in its policy file, or of the closest one above it."""
    while clause:
        if clause in loaded.places:
            return loaded.places[clause][0]
        clause = clause.rpartition(".")[0]
    return None


def print_denials(out: Output, denials: list[Denial], loaded: Loaded | None) -> None:
    """A few lines a denial: what, where, by which clause, how to mend it, who can."""
    for denial in denials:
        place = f"{denial.path}:{denial.line}" if denial.path else "the change"
        word = "waived" if denial.waived_by is not None else denial.severity
        head = out.paint(f"{word:<7}", _COLORS.get(word, "dim"))
        out.data(f"{head} {out.paint(denial.rule, 'bold')}  {place}")
        out.data(f"    {denial.message}")
        line = clause_line(loaded, denial.clause) if loaded else None
        where = f"  ({loaded.name}:{line})" if loaded and line else ""
        out.data(out.paint(f"    clause  {denial.clause}{where}", "dim"))
        if denial.waived_by is not None:
            out.data(f"    waived  by {denial.waived_by}")
            continue
        out.data(f"    mend    {denial.mend}")
        out.data(out.paint(f"    owner   {denial.owner}", "dim"))
