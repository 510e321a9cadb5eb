"""`br log` and `br undo`: what was changed, and taking it back."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import CONFLICT, Refusal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST = 20


def run_log(context: Context) -> int:
    """Print the journal, newest first."""
    from buildrunner.workspace import journal
    from buildrunner.workspace.undo import alive

    workspace, out = context.workspace, context.out
    entries = journal.entries(workspace)
    living = {entry["n"] for entry in alive(entries)}
    identifier = context.arguments.text("ID")
    if identifier is not None:
        names = _names(context, identifier)
        entries = [entry for entry in entries if _touches(entry, names)]
        if not entries and not _known(context, identifier):
            from buildrunner.cli.subjects import unknown

            raise unknown(workspace.read()[1], identifier)
    limit = context.arguments.number("limit", 0 if out.json else _MOST)
    shown = entries[::-1][: limit or None]
    out.emit({"entries": [_public(entry, entry["n"] in living) for entry in shown]})
    for entry in shown:
        _print(context, entry, undone=entry["n"] not in living)
    if not entries:
        out.note("nothing has been changed with br yet")
    elif len(shown) < len(entries):
        out.note(f"{len(entries) - len(shown)} older; see them with --limit {len(entries)}")
    return 0


def _names(context: Context, identifier: str) -> set[str]:
    """The id and everything below it, under their present and former names."""
    from buildrunner.spec.ids import aliases, resolve

    entity = resolve(context.workspace.read()[1], identifier)
    names = {identifier}
    todo = [entity] if entity is not None else []
    while todo:
        each = todo.pop()
        names.update((each.id, *aliases(each.value)))
        todo.extend(each.children())
    return names


def _known(context: Context, identifier: str) -> bool:
    from buildrunner.spec.ids import resolve

    return resolve(context.workspace.read()[1], identifier) is not None


def _touches(entry: dict[str, Any], names: set[str]) -> bool:
    for operation in entry.get("operations", ()):
        if operation.get("id") in names or operation.get("parent") in names:
            return True
        todo = [operation.get("value")] if operation.get("op") == "add" else []
        while todo:
            value = todo.pop()
            if not isinstance(value, dict):
                continue
            if value.get("id") in names:
                return True
            for children in ("steps", "microsteps"):
                todo.extend(value.get(children) or ())
    return False


def _public(entry: dict[str, Any], living: bool) -> dict[str, Any]:
    kept = (
        "n",
        "time",
        "actor",
        "command",
        "kind",
        "undoes",
        "operations",
        "words",
        "session",
        "commit",
    )
    return {**{key: entry[key] for key in kept if key in entry}, "undone": not living}


def _print(context: Context, entry: dict[str, Any], *, undone: bool) -> None:
    out = context.out
    who = entry.get("actor") or "-"
    command = entry.get("command", "")
    title = f"br {command}" if command else "edited outside br"
    tail = out.paint("   (taken back)", "dim") if undone else ""
    number = out.paint(f"{entry['n']:>4}", "cyan")
    out.data(f"{number}  {out.paint(entry.get('time', ''), 'dim')}  {who}  {title}{tail}")
    for line in entry.get("words") or (["replaced as a whole"] if entry.get("gap") else []):
        out.data(f"      {line}")


def run_undo(context: Context) -> int:
    """Take back the last change, or the one named."""
    from buildrunner.workspace.undo import UndoConflict, undo

    arguments, out = context.arguments, context.out
    number = _entry_number(arguments.text("ENTRY"))
    dry_run = arguments.flag("dry-run")
    try:
        target, made = undo(
            context.workspace,
            number,
            actor=context.actor(),
            redo=arguments.flag("redo"),
            dry_run=dry_run,
        )
    except UndoConflict as error:
        raise Refusal(
            error.code,
            error.message,
            hint=error.hint,
            missing=[f"{each['id']}.{each['field']}" for each in error.conflicts],
            next_command=error.next_command,
            exit_code=CONFLICT,
            extra={"conflicts": error.conflicts},
        ) from None
    from buildrunner.workspace.editing import described

    words = described(made.operations, made.before)
    out.emit(
        {
            "undone": target["n"],
            "entry": made.number or None,
            "dry_run": dry_run,
            "operations": made.operations,
            "words": words,
        }
    )
    verb = "would take back" if dry_run else "took back"
    out.note(f"{verb} change {target['n']}: br {target['command']}" if target.get("command")
             else f"{verb} change {target['n']}")  # fmt: skip
    for line in words:
        out.data(line)
    if not dry_run and not target.get("undoes"):
        out.hint("br undo --redo", "puts it back")
    return 0


def _entry_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise usage(f"{text!r} is no entry number of `br log`", next_command="br log")
    return int(text)
