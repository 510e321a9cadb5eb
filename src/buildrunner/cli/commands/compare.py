"""`br diff` and `br merge`: plans in files or git revisions, compared and merged by field."""

from __future__ import annotations

import os

from buildrunner.cli.commands.lint import read_file, shown
from buildrunner.cli.context import Context
from buildrunner.cli.errors import CONFLICT, OK, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plan = dict[str, Any]

_SIGNS = {"add": ("+", "green"), "remove": ("-", "red"), "move": (">", "blue")}


def run_diff(context: Context) -> int:
    """Print what changed from A (default HEAD) to B (default the plan as it is)."""
    from buildrunner.spec.diff import diff
    from buildrunner.workspace.editing import described

    arguments, out = context.arguments, context.out
    first, second = arguments.text("A") or "HEAD", arguments.text("B")
    old = plan_at(context, first)
    new = plan_at(context, second) if second else _working(context)
    operations = diff(old, new)
    names = {"from": first, "to": second or "the plan"}
    out.emit({**names, "count": len(operations), "operations": operations})
    if out.json:
        return OK
    for operation in operations:
        sign, color = _SIGNS.get(operation["op"], ("~", "yellow"))
        (text,) = described([operation], new if operation["op"] == "add" else old)
        out.data(f"{out.paint(sign, color)} {text}")
    count = f"{len(operations)} change{'' if len(operations) == 1 else 's'}"
    out.note(f"{count} from {names['from']} to {names['to']}")
    return OK


def _working(context: Context) -> Plan:
    return context.workspace.read()[1]


def plan_at(context: Context, name: str) -> Plan:
    """The plan in a file, or as it was in a git revision (`HEAD`, `main~2`, `v1:path/plan.json`)."""
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import PlanSyntaxError
    from buildrunner.workspace import git

    path = context.path(name)
    if os.path.isfile(path):
        return load(path)
    workspace = context.workspace
    git.require(workspace.root)
    data = git.show(workspace.root, name, workspace.plan_path)
    if data is None:
        return {"milestones": []}  # before the plan was there, everything is an addition
    try:
        return loads(data)
    except PlanSyntaxError as error:
        from buildrunner.cli.failures import unreadable

        raise unreadable(error, f"{name}:{shown(workspace.plan_path)}") from None


def load(path: str) -> Plan:
    """The plan in a file. Raises a Refusal (exit code 3) with the place where it breaks."""
    from buildrunner.cli.failures import unreadable
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import PlanSyntaxError

    try:
        return loads(read_file(path))
    except PlanSyntaxError as error:
        raise unreadable(error, shown(path)) from None


def run_merge(context: Context) -> int:
    """Merge THEIRS into OURS against BASE; the merged plan on stdout or in --output."""
    from buildrunner.spec.layout import dumps
    from buildrunner.spec.merge import merge

    arguments, out = context.arguments, context.out
    paths = [context.path(arguments.required(side)) for side in ("BASE", "OURS", "THEIRS")]
    base, ours, theirs = (load(path) for path in paths)
    merged = merge(base, ours, theirs)
    text = dumps(merged.document, like=read_file(paths[1]).decode())
    target = arguments.text("output")
    conflicts = [conflict.as_dict() for conflict in merged.conflicts]
    if target:
        from buildrunner.workspace.files import write

        write(context.path(target), text.encode())
    elif not out.json:
        out.raw(text)
    for rename in merged.renames:
        out.note(
            f"both added {rename['from']}; one is {rename['to']} now: {rename.get('title', '')}"
        )
    answer: dict[str, Any] = {
        "clean": merged.clean,
        "conflicts": conflicts,
        "renames": merged.renames,
        "output": target,
    }
    if not target:
        answer["document"] = merged.document
    if merged.clean:
        out.emit(answer)
        out.note("merged without a conflict")
        return OK
    places = [f"{each['id'] or 'plan'}.{each['field']}" for each in conflicts]
    raise Refusal(
        "merge_conflict",
        f"{len(conflicts)} conflict{'' if len(conflicts) == 1 else 's'}: {', '.join(places[:5])}",
        hint="the merged plan holds ours there",
        missing=places,
        exit_code=CONFLICT,
        extra=answer,
    )
