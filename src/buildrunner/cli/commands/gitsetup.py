"""`br git install` and `br git uninstall`."""

from __future__ import annotations

from buildrunner.cli.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.workspace.gitsetup import Setup


def run_install(context: Context) -> int:
    """Set up the merge driver and the hook."""
    from buildrunner.workspace import gitsetup

    arguments = context.arguments
    dry_run = arguments.flag("dry-run")
    done = gitsetup.install(context.workspace, hook=not arguments.flag("no-hook"), dry_run=dry_run)
    _report(context, done, "would set" if dry_run else "set")
    if done.changed and not dry_run:
        context.out.hint(
            "git add .gitattributes && git commit -m 'merge plans by field'",
            "so that every clone asks for the driver",
        )
    return 0


def run_uninstall(context: Context) -> int:
    """Take both back."""
    from buildrunner.workspace import gitsetup

    dry_run = context.arguments.flag("dry-run")
    done = gitsetup.uninstall(context.workspace, dry_run=dry_run)
    _report(context, done, "would take back" if dry_run else "took back")
    return 0


def _report(context: Context, done: Setup, verb: str) -> None:
    out = context.out
    for name in done.changed:
        out.data(f"{verb}  {name}")
    for name in done.kept:
        out.data(f"{out.paint('kept', 'dim')}  {name}")
    out.emit(
        {
            "changed": done.changed,
            "kept": done.kept,
            "dry_run": context.arguments.flag("dry-run"),
        }
    )
