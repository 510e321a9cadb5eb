"""What git calls: the merge driver for plans, and the check before a commit.

A conflict leaves a valid plan that holds ours in the contested fields, and the three documents for
`br reconcile`. No conflict marker ever enters a plan.
"""

from __future__ import annotations

import os

from buildrunner.cli.context import Context
from buildrunner.workspace.folder import PLAN, Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plan = dict[str, Any]


def run_driver(context: Context) -> int:
    """Merge THEIRS into the file OURS against BASE; 1 leaves a conflict for git to report."""
    from buildrunner.spec.errors import SpecError
    from buildrunner.spec.layout import dumps
    from buildrunner.spec.merge import merge
    from buildrunner.workspace.files import read, write

    arguments, out = context.arguments, context.out
    path = arguments.required("PATH")
    ours_path = context.path(arguments.required("OURS"))
    texts = {
        "base": read(context.path(arguments.required("BASE"))),
        "ours": read(ours_path),
        "theirs": read(context.path(arguments.required("THEIRS"))),
    }
    plans: dict[str, Plan] = {}
    for side, data in texts.items():
        try:
            plans[side] = _plan(data, empty=side == "base")
        except SpecError as error:
            out.note(f"br: {path}: {side} is no readable plan ({error}); ours is kept")
            return 1
    try:
        merged = merge(plans["base"], plans["ours"], plans["theirs"])
    except SpecError as error:
        out.note(f"br: {path}: cannot be merged by field ({error}); ours is kept")
        return 1
    write(ours_path, dumps(merged.document, like=texts["ours"].decode()).encode())
    if arguments.flag("ancestor"):
        return 0
    for rename in merged.renames:
        out.note(
            f"br: {path}: both sides added {rename['from']}; "
            f"“{rename.get('title', '')}” is {rename['to']} now"
        )
    if merged.clean:
        return 0
    conflicts = [conflict.as_dict() for conflict in merged.conflicts]
    for conflict in conflicts:
        out.note(
            f"br: {path}: {conflict['id'] or 'plan'}.{conflict['field']} changed on both sides"
        )
    _record(context, path, plans, conflicts)
    out.note("next: br reconcile, then git add and go on; the file holds ours meanwhile")
    return 1


def _plan(data: bytes, *, empty: bool) -> Plan:
    from buildrunner.spec.document import loads

    # Added on both sides there is no common ancestor: git hands an empty file.
    return {"milestones": []} if empty and not data.strip() else loads(data)


def _record(
    context: Context, path: str, plans: dict[str, Plan], conflicts: list[dict[str, Any]]
) -> None:
    """Keep what `br reconcile` works on; failing that (a bare repository), only say so."""
    from buildrunner.cli.syncing.records import CONFLICTS, write_record
    from buildrunner.workspace.errors import WorkspaceError

    root = os.path.join(context.directory, path.removesuffix(PLAN))
    if not path.endswith(PLAN) or not os.path.isdir(root):
        return
    workspace = Workspace(os.path.normpath(root))
    try:
        with workspace.lock():
            record = {
                "revision": None,
                "base": plans["base"],
                "theirs": plans["theirs"],
                "conflicts": conflicts,
                "resolutions": [],
            }
            write_record(workspace, CONFLICTS, record)
            workspace.update_state(pending_conflicts=conflicts)
    except WorkspaceError as error:
        context.out.note(f"br: the conflict could not be recorded: {error.message}")


def run_pre_commit(context: Context) -> int:
    """Lint the staged plans; refuse while a git merge of them is not reconciled.

    Where a policy asks for it, what is staged is scanned for secrets too.
    """
    from buildrunner.cli.commands.lint import print_findings
    from buildrunner.spec.lint import lint
    from buildrunner.workspace import git

    out = context.out
    listing = git.run_bytes(
        ["diff", "--cached", "--name-only", "-z", "--diff-filter=ACMR", "--", f":(glob)**/{PLAN}"],
        context.directory,
    )
    code = 0
    for name in (each.decode(errors="surrogateescape") for each in listing.split(b"\0") if each):
        data = git.run_bytes(["cat-file", "blob", f":{name}"], context.directory)
        findings = lint(data)
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            print_findings(out, name, findings, words=True)
            out.note(f"br: {name} is not committed: mend it, `git add` it, commit again")
            code = 1
        code = max(code, _unreconciled(context, name))
    from buildrunner.cli.commands.scan import scan_staged

    return max(code, scan_staged(context))


def _unreconciled(context: Context, name: str) -> int:
    from buildrunner.workspace.pending import git_conflicts

    root = git_root(context.directory)
    workspace = Workspace(os.path.normpath(os.path.join(root, name.removesuffix(PLAN))))
    waiting = git_conflicts(workspace)
    if waiting:
        context.out.note(
            f"br: {name} still holds ours in {len(waiting)} contested "
            f"field{'s' if len(waiting) > 1 else ''}; run `br reconcile`, `git add {name}`, "
            "and commit again"
        )
    return 1 if waiting else 0


def git_root(directory: str) -> str:
    """The root of the working tree the hook runs in."""
    from buildrunner.workspace import git

    return git.require(directory)
