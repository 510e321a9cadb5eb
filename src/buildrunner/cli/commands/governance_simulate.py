"""`br governance simulate`: what a policy would have said of what was merged lately."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from buildrunner.cli.commands.governance import counted, policy_here
from buildrunner.cli.commands.governance_check import readable
from buildrunner.cli.commands.lint import read_file, shown
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK
from buildrunner.policy.change import Change
from buildrunner.policy.document import Loaded
from buildrunner.policy.judge import Denial, failing, judge
from buildrunner.workspace import changes, git

Judged = tuple[str, Change, list[Denial]]

_MERGED = re.compile(r"Merge pull request #\d+ from [^/\s]+/(\S+)")
_NUMBER = re.compile(r"\s*\(#\d+\)$")


def run_simulate(context: Context) -> int:
    """Judge what was merged lately by a policy, as if it had held then."""
    arguments = context.arguments
    root = git.require(context.directory)
    head = arguments.text("head") or "HEAD"
    seconds = arguments.seconds("since", 90 * 86_400, 3650 * 86_400)
    loaded = _policy_to_try(context)
    judged: list[Judged] = []
    for commit, change in _history(context, root, head, seconds):
        denials = failing(judge(loaded.policy, change, now=datetime.now(UTC)))
        judged.append((commit, change, denials))
    by_rule: dict[str, int] = {}
    for _, _, denials in judged:
        for rule in {denial.rule for denial in denials}:
            by_rule[rule] = by_rule.get(rule, 0) + 1
    blocked = [each for each in judged if any(d.severity == "block" for d in each[2])]
    waiting = [each for each in judged if each[2] and each not in blocked]
    _print_simulation(context, judged, by_rule, len(blocked), len(waiting))
    context.out.emit(
        {
            "policy": loaded.name,
            "days": seconds // 86_400,
            "changes": len(judged),
            "denied": len(blocked),
            "need_approval": len(waiting),
            "passed": len(judged) - len(blocked) - len(waiting),
            "rules": dict(sorted(by_rule.items(), key=lambda entry: (-entry[1], entry[0]))),
            "items": [
                {
                    "commit": commit,
                    "title": change.title,
                    "denials": [denial.as_dict() for denial in denials],
                }
                for commit, change, denials in judged
                if denials
            ],
        }
    )
    return OK


def _policy_to_try(context: Context) -> Loaded:
    given = context.arguments.text("policy")
    if given is not None:
        path = context.path(given)
        return readable(shown(path), read_file(path), shown(path))
    name, data = policy_here(context)
    return readable(name, data, "this working tree")


def _history(context: Context, root: str, head: str, seconds: int) -> Iterator[tuple[str, Change]]:
    """(commit, change) of each merge or direct commit of the branch, newest first."""
    since = int(datetime.now(UTC).timestamp()) - seconds
    listed = git.run_bytes(
        ["log", "--first-parent", "-z", "--no-color", "--no-show-signature", f"--since=@{since}",
         f"-n{context.arguments.number('limit', 500)}", "--format=%H%x1f%P%x1f%B", git.commit_of(root, head), "--"],
        root,
    )  # fmt: skip
    target = git.branch(root) if head == "HEAD" else head
    prefix = changes.prefix_of(context.directory, root)
    for record in listed.split(b"\0"):
        fields = record.decode("utf-8", "replace").split("\x1f", 2)
        parents = fields[1].split() if len(fields) == 3 else []
        if not parents:
            continue  # the first commit of all is nobody's change
        change = changes.read(root, parents[0], fields[0], prefix=prefix).change
        subject, _, body = fields[2].strip().partition("\n")
        change.target = target
        merged = _MERGED.match(subject)
        if merged:
            change.branch = merged[1]
            change.title = body.strip().partition("\n")[0] or subject
            change.body = body.strip().partition("\n")[2].strip() or None
        else:
            change.title = _NUMBER.sub("", subject)
        if len(parents) > 1:
            change.commits = [c for c in change.commits if c.id != fields[0]]
        yield fields[0], change


def _print_simulation(
    context: Context, judged: list[Judged], by_rule: dict[str, int], blocked: int, waiting: int
) -> None:
    out = context.out
    for commit, change, denials in judged:
        if not denials:
            continue
        worst = "block" if any(d.severity == "block" for d in denials) else "approve"
        color = "red" if worst == "block" else "yellow"
        rules = ", ".join(dict.fromkeys(denial.rule for denial in denials))
        title = (change.title or "")[:60]
        out.data(f"{out.paint(f'{worst:<8}', color)} {commit[:12]}  {title}\n    {rules}")
    for rule, number in sorted(by_rule.items(), key=lambda entry: -entry[1]):
        out.note(f"{number:>5}  {rule}")
    passed = len(judged) - blocked - waiting
    out.note(
        f"{counted(len(judged), 'change')}: {blocked} would be denied, {waiting} would need "
        f"approvals, {passed} would pass"
    )
