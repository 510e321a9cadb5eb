"""`br create`: from a prompt, a PRD, this repository or another tool's file to the plan."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from buildrunner.cli.context import Context
from buildrunner.cli.creating import ask, show
from buildrunner.cli.errors import USAGE, Refusal, usage
from buildrunner.spec.drafting import Draft, Request, addition, chosen, draft
from buildrunner.spec.errors import SpecError

if TYPE_CHECKING:
    from buildrunner.workspace.editing import Edit

Plan = dict[str, Any]
_USAGE_CODES = frozenset({"unknown_item", "format_unknown"})


def run_create(context: Context) -> int:
    """Propose additions, take those that are accepted as one change that `br undo` takes back."""
    from buildrunner.workspace.editing import now

    arguments = context.arguments
    request = _request(context)
    if arguments.flag("send"):
        return _send(context, request)
    workspace = context.workspace
    _, plan = workspace.read()
    made, base = _drafted(context, request, plan)
    picked = _picked(context, made)
    if picked is None:
        return _report(context, made, None)
    try:
        addition(base, picked, now="")
    except SpecError as error:
        raise _refusal(error) from None

    def change(current: Plan) -> list[dict[str, Any]]:
        gone, under = _yielding(context, current)
        return gone + addition(under, picked, now=now()).operations if picked else []

    edit = workspace.edit(
        change,
        command="create",
        actor=context.actor(),
        dry_run=arguments.flag("dry-run"),
        arriving=True,
    )
    return _report(context, made, edit)


def _request(context: Context) -> Request:
    """What the line asks to draft from; exactly one source."""
    arguments = context.arguments
    text, prd, file = arguments.text("TEXT"), arguments.text("prd"), arguments.text("from")
    sources = [text is not None, prd is not None, file is not None, arguments.flag("repo")]
    if sum(sources) != 1:
        raise usage(
            "name one source: TEXT, --prd FILE, --repo or --from FILE",
            next_command="br help create",
        )
    answers = _answers(arguments.texts("answer"))
    if arguments.flag("repo"):
        from buildrunner.workspace.facts import gather

        workspace = context.workspace_or_none()
        root = workspace.root if workspace is not None else context.directory
        facts = gather(root)
        return Request("repository", name=facts["name"], facts=facts, answers=answers)
    if text is not None:
        said = _stdin() if text == "-" else text
        return Request("prompt", said, name="stdin" if text == "-" else "prompt", answers=answers)
    name = prd or file or ""
    said = _read(context, name)
    shown = "stdin" if name == "-" else os.path.basename(name)
    if prd is not None:
        return Request("prd", said, name=shown, answers=answers)
    return Request("tracker", said, name=shown, format=arguments.text("format"), answers=answers)


def _answers(given: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if not all(sign and name for name, sign, _ in pairs):
        raise usage("--answer takes QUESTION=TEXT", next_command="br help create")
    return {name: answer for name, _, answer in pairs}


def _read(context: Context, name: str) -> str:
    from buildrunner.cli.commands.lint import read_file

    if name == "-":
        return _stdin()
    path = context.path(name)
    if os.path.isdir(path):
        raise Refusal(
            "draft_from_folder",
            f"{name} is a folder: a draft is made of one file",
            hint="an import takes folders",
            next_command=f"br plan import {name} --dry-run",
            exit_code=USAGE,
        )
    return _decoded(read_file(path), name)


def _stdin() -> str:
    from buildrunner.spec.drafting.reading import MAX_BYTES

    return _decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "stdin")


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal(
            "not_text", f"{name}:{line}: this is not UTF-8", hint="save it as UTF-8"
        ) from None


def _drafted(context: Context, request: Request, plan: Plan) -> tuple[Draft, Plan]:
    """The draft, against the plan without the untouched template of `br init`."""
    _, base = _yielding(context, plan)
    request.existing = base
    try:
        return draft(request), base
    except SpecError as error:
        raise _refusal(error, request.name) from None


def _yielding(context: Context, plan: Plan) -> tuple[list[dict[str, Any]], Plan]:
    """(operations that take the untouched template away, the plan without it)."""
    from buildrunner.spec.diff import diff
    from buildrunner.spec.document import document_hash

    if document_hash(plan) != context.workspace.state().get("template_hash"):
        return [], plan
    bare = {**plan, "milestones": []}
    return diff(plan, bare), bare


def _refusal(error: SpecError, name: str = "") -> Refusal:
    place = f"{name}:{error.line}: " if name and error.line is not None else ""
    wrong = error.code in _USAGE_CODES
    return Refusal(
        error.code,
        f"{place}{error.message}",
        hint=error.hint or "",
        next_command="br help create" if wrong else "",
        exit_code=USAGE if wrong else 1,
    )


def _picked(context: Context, made: Draft) -> list[dict[str, Any]] | None:
    """The items to add; None where nobody accepted yet."""
    given = context.arguments.texts("accept")
    if given:
        wanted = None if given == ["all"] else [one for each in given for one in each.split(",")]
        try:
            return chosen(made.items, wanted)
        except SpecError as error:
            raise _refusal(error) from None
    if context.arguments.flag("dry-run") or context.out.json or not sys.stdin.isatty():
        return None
    show(context.out, made)
    return ask(context.out, made)


def _report(context: Context, made: Draft, edit: Edit | None) -> int:
    out, dry_run = context.out, context.arguments.flag("dry-run")
    added = edit is not None and bool(edit.operations) and not dry_run
    out.emit(
        {
            **made.as_dict(),
            "counts": made.counts(),
            "entry": edit.number if added and edit is not None else None,
            "version": edit.plan.get("version") if edit is not None else None,
            "dry_run": dry_run,
            "operations": edit.operations if edit is not None else [],
        }
    )
    if edit is None or dry_run:
        show(out, made)
    if added and edit is not None:
        words = f"added as one change; the plan is at version {edit.plan.get('version')}"
        out.data(out.paint(words, "green"))
        out.hint("br next", "br undo takes it back")
    elif not made.items:
        out.note("nothing to add: the plan has what this asks for")
    elif edit is None and not dry_run:
        out.hint("br create … --accept all", "or --accept ID,ID; optional ones are named")
    return 0


def _send(context: Context, request: Request) -> int:
    """Draft on the server, for review on the page Create."""
    from buildrunner.cli.remote import connect
    from buildrunner.cli.syncing.records import link_of

    link = link_of(context.workspace)
    with connect(context.settings, server=link.server) as client:
        made = client.drafts.start(
            link.project_id,
            request.kind,
            request.text,
            name=request.name,
            format=request.format,
            facts=request.facts,
            answers=request.answers,
        )
    address = f"{link.server}/projects/{link.project_id}/create/{made.id}"
    context.out.emit({"draft_id": made.id, "url": address, "counts": made.counts})
    counts = made.counts
    context.out.data(f"{counts['microsteps']} microsteps drafted for review: {address}")
    return 0
