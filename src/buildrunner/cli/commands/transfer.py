"""`br plan import` and `br plan export`: the plan from and to other tools' files."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, USAGE, Refusal
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.output import Output
    from buildrunner.spec.formats.outline import ImportResult, Note
    from buildrunner.workspace.editing import Edit

    Plan = dict[str, Any]

_NOTES_SHOWN = 20
_WORDS_SHOWN = 40
#: A mistake on the command line rather than in the file.
_USAGE_CODES = frozenset({"format_unknown", "import_into_unknown", "namespace_invalid"})
#: Mermaid draws no more than this unless the page raises `maxEdges`.
_MERMAID_EDGES = 500
#: What an import of a folder reads; everything else in it is passed over.
_FOLDER_SUFFIXES = (".md", ".markdown", ".yaml", ".yml", ".json", ".jsonl", ".txt")


def run_import(context: Context) -> int:
    """Take in a file; a second time, what changed in it."""
    from buildrunner.spec import formats
    from buildrunner.spec.diff import diff
    from buildrunner.spec.formats.outline import Note

    arguments = context.arguments
    name = arguments.required("PATH")
    workspace = context.workspace
    data = _read(context, name)
    results: list[ImportResult] = []

    def read(plan: Plan) -> ImportResult:
        return formats.read(
            data,
            name="stdin" if name == "-" else name,
            existing=plan,
            format=arguments.text("format"),
            into=arguments.text("into") or "",
            namespace=arguments.text("source") or "",
            prefer=arguments.text("prefer") or "",
        )

    def change(plan: Plan) -> list[dict[str, Any]]:
        result = read(plan)
        if _yields(context, plan, result):
            result = read({**plan, "milestones": []})
            result.notes.append(
                Note("template_replaced", "the untouched template of br init gave way")
            )
        results.append(result)
        return diff(plan, result.plan)

    dry_run = arguments.flag("dry-run")
    try:
        made = workspace.edit(
            change,
            command=f"plan import {name}",
            actor=context.actor(),
            dry_run=dry_run,
            arriving=True,
        )
    except SpecError as error:
        raise _refusal(name, error) from None
    _report(context, name, results[-1], made)
    return 0


def _yields(context: Context, plan: Plan, result: ImportResult) -> bool:
    """Whether the plan is the template `br init` wrote, and the file is not an export of it."""
    from buildrunner.spec.document import document_hash

    counts = result.counts
    return (
        not context.arguments.text("into")
        and not counts["updated"] + counts["unchanged"]
        and document_hash(plan) == context.workspace.state().get("template_hash")
    )


def _read(context: Context, name: str) -> bytes | dict[str, bytes]:
    """The bytes of the file, or of the files of a folder; too large ones are not read at all."""
    from buildrunner.cli.commands.lint import read_file
    from buildrunner.spec.formats.outline import MAX_BYTES

    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    path = context.path(name)
    if os.path.isdir(path):
        from buildrunner.workspace.folders import read_folder

        return read_folder(path, _FOLDER_SUFFIXES, most=MAX_BYTES + 1)
    if os.path.isfile(path) and os.path.getsize(path) > MAX_BYTES:
        size = os.path.getsize(path)
        raise _refusal(
            name,
            SpecError(
                "import_too_large",
                f"this has {size:,} bytes, more than {MAX_BYTES:,}",
                hint="split it, or import only the part that is still worked on",
            ),
        )
    return read_file(path)


def _refusal(name: str, error: SpecError) -> Refusal:
    """The refusal for a file that cannot be imported, with its place."""
    from buildrunner.spec.errors import PlanSyntaxError

    place = name
    if error.line is not None:
        place += f":{error.line}" + (f":{error.column}" if error.column is not None else "")
    unreadable = isinstance(error, PlanSyntaxError)
    return Refusal(
        "import_syntax" if unreadable else error.code,
        error.message if error.code in _USAGE_CODES else f"{place}: {error.message}",
        hint=error.hint or "",
        next_command="br help plan import" if error.code in _USAGE_CODES else "",
        exit_code=USAGE if error.code in _USAGE_CODES else 1,
    )


def _report(context: Context, name: str, result: ImportResult, made: Edit) -> None:
    from buildrunner.spec.formats import FORMATS
    from buildrunner.workspace.editing import described

    out = context.out
    dry_run = context.arguments.flag("dry-run")
    words = described(made.operations, made.before) if made.operations else []
    out.emit(
        {
            "path": name,
            **result.as_dict(),
            "entry": made.number or None,
            "dry_run": dry_run,
            "operations": made.operations,
            "words": words,
        }
    )
    if dry_run:
        for line in words[:_WORDS_SHOWN]:
            out.data(line)
        if len(words) > _WORDS_SHOWN:
            out.data(f"… and {len(words) - _WORDS_SHOWN} more")
    verb = "would import" if dry_run else "imported"
    out.data(f"{verb} {name} ({FORMATS[result.format].title})")
    out.data(f"  {_counted(result.counts)}")
    _show_notes(out, result.notes)
    if dry_run or not made.operations:
        if not made.operations:
            out.note("nothing to change: the plan has it all")
        return
    out.hint("br next" if result.counts["microsteps"] else "br status", "br undo takes it back")


def _counted(counts: dict[str, int]) -> str:
    added = [
        f"{counts[kind]} {kind if counts[kind] != 1 else kind[:-1]}"
        for kind in ("milestones", "steps", "microsteps")
        if counts[kind]
    ]
    parts = [f"added {', '.join(added)}"] if added else []
    parts += [
        f"{counts[name]} {word}"
        for name, word in (
            ("updated", "updated"),
            ("unchanged", "unchanged"),
            ("kept", "kept as they are here"),
            ("absent", "no longer in the source"),
            ("dropped", "left out"),
        )
        if counts[name]
    ]
    return " · ".join(parts) or "nothing in it"


def _show_notes(out: Output, notes: list[Note]) -> None:
    for note in notes[:_NOTES_SHOWN]:
        sign = out.paint("left out" if note.dropped else "note", "yellow", words=True)
        ids = ""
        if note.ids:
            shown = ", ".join(note.ids[:6])
            ids = f" ({shown}{', …' if len(note.ids) > 6 else ''})"
        out.note(f"{sign}: {note}{ids}")
    if len(notes) > _NOTES_SHOWN:
        out.note(f"… and {len(notes) - _NOTES_SHOWN} more; --json gives them all")


def run_export(context: Context) -> int:
    """Write the plan to standard output or a file."""
    from buildrunner.spec import formats

    arguments, out = context.arguments, context.out
    target = arguments.text("output")
    format = arguments.text("format") or (target and formats.format_for_suffix(target))
    if not format and target:
        raise Refusal(
            "format_unknown",
            f"{target}: the suffix names no format",
            hint=f"--format {'|'.join(formats.EXPORTERS)}",
            next_command="br help plan export",
            exit_code=USAGE,
        )
    format = format or "markdown"
    workspace = context.workspace
    text, plan = workspace.read()
    if format in formats.FORMATS and formats.FORMATS[format].folder:
        return _export_folder(context, plan, format, target)
    try:
        written = text if format == "json" else formats.write(plan, format)
    except SpecError as error:
        raise _refusal("buildrunner/specs/plan.json", error) from None
    if format == "mermaid" and written.count(" --> ") > _MERMAID_EDGES:
        out.note(
            f"warning: more than {_MERMAID_EDGES} arrows: Mermaid draws them only where the page "
            "raises maxEdges; --format dot has no such limit"
        )
    path = context.path(target) if target and target != "-" else ""
    if path:
        _write(workspace.plan_path, path, target or "", written)
    out.emit(
        {"format": format, "path": target if path else None, "files": []}
        | ({} if path else {"content": written})
    )
    if path:
        size = len(written.encode())
        out.note(f"wrote {target} ({formats.FORMATS[format].title}, {size:,} bytes)")
    elif not out.json:
        # Not through Output.data: a file piped on must not gain a line or lose a character.
        sys.stdout.flush()
        sys.stdout.buffer.write(written.encode())
        sys.stdout.buffer.flush()
    return 0


def _export_folder(context: Context, plan: Plan, format: str, target: str | None) -> int:
    """Write a format that is a folder of files; files of other names in it stay."""
    from buildrunner.spec import formats
    from buildrunner.workspace.folders import write_folder

    out = context.out
    if not target or target == "-":
        raise Refusal(
            "export_needs_folder",
            f"{format} is a folder of files",
            hint="say where it goes",
            next_command=f"br plan export --format {format} -o FOLDER",
            exit_code=USAGE,
        )
    try:
        written = formats.write_files(plan, format)
    except SpecError as error:
        raise _refusal("buildrunner/specs/plan.json", error) from None
    folder = context.path(target)
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise Refusal("export_over_file", f"{target} is a file", hint="name a folder")
    write_folder(folder, {path: text.encode() for path, text in written.items()})
    out.emit({"format": format, "path": target, "files": sorted(written)})
    count = len(written)
    out.note(
        f"wrote {count} file{'s' * (count != 1)} to {target} ({formats.FORMATS[format].title})"
    )
    return 0


def write_beside_the_plan(context: Context, target: str, text: str) -> None:
    """Write a file that somebody named, never over the plan. Raises Refusal."""
    _write(context.workspace.plan_path, context.path(target), target, text)


def _write(plan_path: str, path: str, shown: str, text: str) -> None:
    from buildrunner.workspace import files

    if os.path.realpath(path) == os.path.realpath(plan_path):
        raise Refusal("export_over_plan", f"{shown} is the plan itself", hint="choose another file")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise Refusal(
            "no_folder",
            f"there is no folder {os.path.dirname(shown)}",
            missing=[os.path.dirname(shown)],
            exit_code=NO_WORKSPACE,
        )
    files.write(path, text.encode())
