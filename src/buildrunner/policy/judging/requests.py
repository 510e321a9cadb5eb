"""Rules about what a pull request says, and about its branch and reviews."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.policy import codeowners, patterns
from buildrunner.policy.case import Case
from buildrunner.policy.judging.paths import content_of

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TASK = re.compile(r"^\s*[-*+]\s+\[([ xX])\]\s+(.*?)\s*$", re.MULTILINE)
_PR = "pr_requirements."


def judge_request(case: Case) -> None:
    """Title, description, branch and size; what is not known is not judged."""
    said, change = case.part("pr_requirements"), case.change
    if change.title is not None:
        _title(case, said, change.title)
    if change.body is not None:
        _body(case, said, change.body)
    pattern = said.get("branch_pattern")
    if change.branch and pattern and not patterns.found(pattern, change.branch):
        message = f"the branch {change.branch!r} is not of the form {pattern}"
        case.deny("pr-branch", message, content=change.branch, clause=_PR + "branch_pattern")
    most, files = said.get("max_files"), len(change.files)
    if most is not None and files > most:
        message = f"{files} files change, at most {most} may"
        paths = [file.path for file in change.files]
        case.deny("pr-size", message, content=paths, clause=_PR + "max_files")


def _title(case: Case, said: dict[str, Any], title: str) -> None:
    pattern = said.get("title_pattern")
    if pattern and not patterns.found(pattern, title):
        message = f"the title {_quoted(title)} is not of the form {pattern}"
        case.deny("pr-title", message, content=title, clause=_PR + "title_pattern")
    _length(case, "pr-title-length", "title", title.strip(), said)
    if said.get("microstep_id") is True:
        named = case.named
        if not any(named.names_one(text) for text in (title, case.change.branch)):
            message = f"neither the title {_quoted(title)} nor the branch names a microstep"
            content = [title, case.change.branch]
            case.deny("pr-microstep", message, content=content, clause=_PR + "microstep_id")
        for word in named.unknown_in(title):
            message = f"the title names {word}, which the plan does not have"
            case.deny("microstep-unknown", message, content=[title, word])


def _length(case: Case, rule: str, what: str, text: str, said: dict[str, Any]) -> None:
    least, most = said.get(f"{what}_min_length"), said.get(f"{what}_max_length")
    if least is not None and len(text) < least:
        message = f"the {what} has {len(text)} characters, at least {least} are wanted"
        case.deny(rule, message, content=text, clause=f"{_PR}{what}_min_length")
    elif most is not None and len(text) > most:
        message = f"the {what} has {len(text)} characters, at most {most} are wanted"
        case.deny(rule, message, content=text, clause=f"{_PR}{what}_max_length")


def _body(case: Case, said: dict[str, Any], body: str) -> None:
    visible = _COMMENT.sub("", body)
    tasks = {_plain(text): mark != " " for mark, text in _TASK.findall(visible)}
    for number, item in enumerate(said.get("checklists") or ()):
        ticked = [done for text, done in tasks.items() if _plain(item) in text]
        if any(ticked):
            continue
        state = "is not ticked" if ticked else "is missing from"
        where = " in the description" if ticked else " the description"
        clause = f"{_PR}checklists[{number}]"
        case.deny("pr-checklist", f"{item!r} {state}{where}", content=[item, body], clause=clause)
    prose = "\n".join(line.strip() for line in _TASK.sub("", visible).splitlines()).strip()
    _length(case, "pr-description", "description", prose, said)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "…")


def judge_approvals(case: Case) -> None:
    """`approvals`, and reviews that quality asks for."""
    said = case.part("approvals")
    if said.get("applies_to") == "all":
        lacking = case.lacking(case.required)
        if lacking:
            message = f"it lacks approval by {', '.join(lacking)}"
            case.deny(
                "approvals",
                message,
                content=_state(case),
                owner=", ".join(lacking),
                needs=case.required,
            )
    quality = case.part("quality")
    if quality.get("require_peer_review") is True and not case.votes:
        case.deny("peer-review", "nobody but the author has approved it", content=_state(case))
    if quality.get("require_architecture_review") is True and case.lacking([{"role": "TechLead"}]):
        message = "no TechLead has approved it"
        case.deny(
            "architecture-review",
            message,
            content=_state(case),
            owner="TechLead",
            needs=[{"role": "TechLead"}],
        )


def _state(case: Case) -> Any:
    return [[file.path, content_of(file)] for file in case.change.files]


def judge_branch(case: Case) -> None:
    """What `branches` says of the branch the change goes into: the closest pattern alone."""
    target = case.change.target
    found = branch_rules(case.policy, target) if target else None
    if found is None:
        return
    name, rules = found
    clause = f"branches.{name}."
    if case.change.event == "push":
        _push(case, rules, clause, target or "")
    reviews = rules.get("require_reviews", 0)
    if case.votes < reviews:
        message = f"{target} asks for approval by {reviews}, {case.votes or 'none'} so far"
        case.deny(
            "branch-reviews", message, content=_state(case), clause=clause + "require_reviews"
        )
    if rules.get("require_code_owner_reviews") is True:
        _owners(case, clause + "require_code_owner_reviews")
    if rules.get("require_status_checks", True) is not False and case.change.checks is not None:
        for number, check in enumerate(rules.get("required_status_checks") or ()):
            status_check(case, check, f"{clause}required_status_checks[{number}]")


def branch_rules(policy: dict[str, Any], branch: str) -> tuple[str, dict[str, Any]] | None:
    """(name as written, rules) for a branch: its own entry, else the longest pattern."""
    branches = policy.get("branches")
    if not isinstance(branches, dict):
        return None
    if isinstance(branches.get(branch), dict):
        return branch, branches[branch]
    fitting = [name for name in branches if patterns.branch_matches(name, branch)]
    name = max(fitting, key=len, default=None)
    return (name, branches[name]) if name is not None and isinstance(branches[name], dict) else None


def _push(case: Case, rules: dict[str, Any], clause: str, target: str) -> None:
    if rules.get("require_pr") is True:
        message = f"a push to {target} without a pull request"
        case.deny(
            "push-without-request", message, content=case.change.head, clause=clause + "require_pr"
        )
    author = case.change.author
    if rules.get("restrict_pushes") is True:
        allowed = {str(name).casefold() for name in rules.get("allowed_push_users") or ()}
        marks = (author.id, author.name, author.email) if author else ()
        if not any(mark.casefold() in allowed for mark in marks if mark):
            who = author.name or author.email or author.id if author else "somebody unknown"
            message = f"{who} may not push to {target}"
            content = [who, case.change.head]
            case.deny(
                "push-restricted", message, content=content, clause=clause + "restrict_pushes"
            )


def status_check(case: Case, check: str, clause: str) -> None:
    """`status-checks` for one check that has to have passed."""
    outcome = (case.change.checks or {}).get(check)
    if outcome != "passed":
        state = {"failed": "has failed", "pending": "is not finished"}.get(
            outcome or "", "has not run"
        )
        message = f"the status check {check!r} {state}"
        content = [check, case.change.head]
        case.deny("status-checks", message, content=content, clause=clause)


def _owners(case: Case, clause: str) -> None:
    if case.change.codeowners is None:
        return
    owners = codeowners.Owners(case.change.codeowners)
    for file in case.change.files:
        for path in file.paths:
            named = owners.of(path)
            if not named or codeowners.approved(named, case.approvals, path):
                continue
            case.deny(
                "code-owners",
                f"{path} belongs to {', '.join(named)}; none of them has approved",
                content=content_of(file),
                clause=clause,
                path=path,
                line=file.first_line if path == file.path else 1,
                owner=", ".join(named),
            )
