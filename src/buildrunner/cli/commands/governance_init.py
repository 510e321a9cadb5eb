"""`br governance init`, and the hook it installs for commit messages."""

from __future__ import annotations

import os

from buildrunner.cli.commands.governance import root_of
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED
from buildrunner.workspace import git, governance, policyfile


def run_init(context: Context) -> int:
    """Write policy, CODEOWNERS, template, workflow and hooks where they are missing."""
    arguments, out = context.arguments, context.out
    dry_run = arguments.flag("dry-run")
    root = git.top_level(context.directory) or root_of(context)
    done = governance.init(
        root, force=arguments.flag("force"), hooks=not arguments.flag("no-hooks"), dry_run=dry_run
    )
    would = "would " if dry_run else ""
    for verb, names in (("write", done.created), ("replace", done.replaced)):
        for name in names:
            said = f"would {verb}" if dry_run else {"write": "wrote", "replace": "replaced"}[verb]
            out.data(f"{said}  {name}")
    for name in done.kept:
        out.data(f"{out.paint('kept', 'dim')}  {name}")
    if done.hooks_path:
        out.data(f"{would}set  git config core.hooksPath {done.hooks_path}")
    out.emit(
        {
            "created": done.created,
            "replaced": done.replaced,
            "kept": done.kept,
            "hooks_path": done.hooks_path or None,
            "dry_run": dry_run,
        }
    )
    if not dry_run and (done.created or done.replaced):
        out.hint(f"br governance validate && git add -A {_folder(done)}", "read the policy first")
    return OK


def _folder(done: governance.Setup) -> str:
    tops = sorted({name.split("/")[0] for name in (*done.created, *done.replaced)})
    return " ".join(tops)


def run_commit_message(context: Context) -> int:
    """git calls this: whether the message names a microstep, where the policy asks for it."""
    from buildrunner.policy.change import Change
    from buildrunner.policy.document import load
    from buildrunner.policy.named import Named
    from buildrunner.policy.sections import section

    root = root_of(context)
    found = policyfile.read(root)
    if found is None:
        return OK
    policy = load(found[1], found[0]).policy
    if section(policy, "microsteps").get("enforce_in_commits") is not True:
        return OK
    with open(
        context.path(context.arguments.required("FILE")), encoding="utf-8", errors="replace"
    ) as file:
        text = "".join(line for line in file if not line.startswith("#"))
    subject = text.strip().partition("\n")[0]
    if not subject or subject.startswith(("Merge ", "fixup! ", "squash! ")):
        return OK
    workspace = context.workspace_or_none()
    plan = workspace.read()[1] if workspace is not None else None
    if Named(policy, Change(plan_after=plan)).names_one(text):
        return OK
    context.out.note(f"br: the commit {subject[:60]!r} names no microstep ({os.path.basename(found[0])}: "
                     "microsteps.enforce_in_commits)")  # fmt: skip
    context.out.hint("br list", "shows the ids; write one into the subject")
    return REFUSED
