"""`br blueprint`: packs of work to combine into the plan, without a server."""

from __future__ import annotations

import json
import os

from buildrunner.cli import packs
from buildrunner.cli.context import Context
from buildrunner.cli.errors import CONFLICT, OK, REFUSED, Refusal, usage
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.output import Output
    from buildrunner.spec.blueprints import Combination, Fragment

_WORDS_SHOWN = 60


def run_list(context: Context) -> int:
    """The shipped packs, and which of them are in the plan."""
    from buildrunner.spec.blueprints import catalog
    from buildrunner.spec.blueprints.standing import installed

    out = context.out
    workspace = context.workspace_or_none()
    known = installed(workspace.read()[1]) if workspace else {}
    rows = [
        {
            "name": entry.name,
            "version": entry.version,
            "title": entry.title,
            "summary": entry.summary,
            "tags": entry.tags,
            "applied": known.get(entry.name, {}).get("version"),
        }
        for entry in catalog()
    ]
    others = [
        {"name": name, "version": found.get("version"), "origin": found.get("origin")}
        for name, found in known.items()
        if all(row["name"] != name for row in rows)
    ]
    out.emit({"blueprints": rows, "others": others})
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        mark = out.paint(f"  in the plan: {row['applied']}", "green") if row["applied"] else ""
        out.data(f"{row['name']:<{width}}  {row['version']}  {row['title']}{mark}")
    for other in others:
        out.data(f"{other['name']:<{width}}  {other['version']}  in the plan")
    out.hint("br blueprint show NAME", "what it brings and what it asks")
    return OK


def run_show(context: Context) -> int:
    """One pack: its parameters and the work it brings."""
    out = context.out
    found = packs.find(context, context.arguments.required("PACK"))
    document = found.blueprint
    out.emit({"blueprint": document})
    out.data(f"{out.paint(document['name'], 'cyan')} {document['version']}  {document['title']}")
    out.data(f"  {document['summary']}")
    for row in document.get("parameters", ()):
        default = f" (default {row['default']})" if "default" in row else ""
        out.data(f"  parameter  {row['name']}: {row['title']}{default}")
    for row in document.get("requires", ()):
        word = "links to" if row.get("optional") else "requires"
        out.data(f"  {word}   {row['name']} {row.get('version', '*')}")
    for milestone in document["plan"]["milestones"]:
        out.data(f"  {out.paint(milestone['title'], 'bold')}")
        for step in milestone["steps"]:
            out.data(f"    {step['title']}")
            for microstep in step["microsteps"]:
                out.data(f"      {microstep['title']}")
    out.hint(f"br blueprint apply {document['name']} --dry-run", "what it would change")
    return OK


def run_lint(context: Context) -> int:
    """Everything wrong with a pack, by line and column."""
    from buildrunner.cli.commands.lint import print_findings
    from buildrunner.spec.blueprints import load

    out = context.out
    name = context.arguments.required("FILE")
    reading = load(packs.read_file(context, name), name)
    print_findings(out, name, reading.findings)
    ok = not reading.errors
    out.emit({"ok": ok, "path": name, "findings": [each.as_dict() for each in reading.findings]})
    if ok and reading.blueprint is not None:
        document = reading.blueprint
        out.note(f"{name}: {document['name']} {document['version']}, no errors")
    return OK if ok else REFUSED


def run_apply(context: Context) -> int:
    """Merge packs into the plan in one go; `br undo` takes it back."""
    from buildrunner.spec.blueprints import combine, render
    from buildrunner.spec.blueprints.choices import resolutions_from_words

    arguments = context.arguments
    workspace = context.workspace
    found = [packs.find(context, name) for name in arguments.texts("PACK")]
    results: list[Combination] = []
    try:
        values = packs.values_for(found, arguments.texts("set"))
        fragments = [
            render(one.blueprint, given, origin=one.origin)
            for one, given in zip(found, values, strict=True)
        ]
        resolutions = resolutions_from_words(arguments.texts("resolve"))

        def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
            combined = combine(
                plan,
                *fragments,
                resolutions=resolutions,
                bases=packs.bases(workspace, plan, fragments),
            )
            results.append(combined)
            if not combined.clean and not arguments.flag("dry-run"):
                raise _conflict(context, combined)
            return combined.operations

        made = workspace.edit(
            change,
            command="blueprint apply " + " ".join(arguments.texts("PACK")),
            actor=context.actor(),
            dry_run=arguments.flag("dry-run"),
        )
    except SpecError as error:
        raise packs.refusal(error) from None
    if made.number:
        packs.keep(workspace, found)
    _report(context, results[-1], fragments, made.number)
    return OK if results[-1].clean else CONFLICT


def _conflict(context: Context, combined: Combination) -> Refusal:
    for choice in combined.conflicts:
        _show_choice(context.out, choice.as_dict())
    first = combined.conflicts[0]
    names = " ".join(context.arguments.texts("PACK"))
    return Refusal(
        "blueprint_conflict",
        f"{len(combined.conflicts)} choices are open; nothing was changed",
        hint=f"{first.id}.{first.field}: {' or '.join(first.choices)}",
        next_command=f"br blueprint apply {names} --resolve {first.id}.{first.field}=keep",
        exit_code=CONFLICT,
        extra={"conflicts": [choice.as_dict() for choice in combined.conflicts]},
    )


def _show_choice(out: Output, choice: dict[str, Any]) -> None:
    out.note(f"{out.paint('choose', 'yellow', words=True)}: {choice['id']}.{choice['field']}")
    if choice.get("reason"):
        out.note(f"  {choice['reason']}")
    for side, word in (("ours", "keep"), ("theirs", "take")):
        if side in choice:
            out.note(f"  {word}: {json.dumps(choice[side], ensure_ascii=False)[:200]}")


def _report(
    context: Context, combined: Combination, fragments: list[Fragment], number: int
) -> None:
    from buildrunner.spec.blueprints import changes, in_words

    out, dry_run = context.out, context.arguments.flag("dry-run")
    plan = context.workspace.read()[1] if not number else {}
    words = [in_words(row) for row in changes(combined.operations, plan)] if dry_run else []
    out.emit(
        {
            "packs": [{"name": each.name, "version": each.version} for each in fragments],
            "counts": combined.counts,
            "conflicts": [choice.as_dict() for choice in combined.conflicts],
            "notes": combined.notes,
            "operations": combined.operations,
            "entry": number or None,
            "dry_run": dry_run,
        }
    )
    names = ", ".join(f"{each.name} {each.version}" for each in fragments)
    if dry_run:
        for line in words[:_WORDS_SHOWN]:
            out.data(line)
        if len(words) > _WORDS_SHOWN:
            out.data(f"… and {len(words) - _WORDS_SHOWN} more")
    counts = combined.counts
    told = ", ".join(
        f"{counts[name]} {name.replace('_', ' ')}"
        for name in ("added", "updated", "unchanged", "left_out")
        if counts[name]
    )
    out.data(f"{'would apply' if dry_run else 'applied'} {names}: {told or 'nothing to change'}")
    for note in combined.notes:
        out.note(f"note: {note}")
    for choice in combined.conflicts:
        _show_choice(out, choice.as_dict())
    if number:
        out.hint("br next", "br undo takes it back")


def run_export(context: Context) -> int:
    """Parts of the plan as a pack of one's own."""
    from buildrunner.spec.blueprints import export, load

    arguments, out = context.arguments, context.out
    plan = context.workspace.read()[1]
    target = arguments.text("out")
    name = arguments.text("name") or (
        os.path.basename(target).removesuffix(".json") if target and target != "-" else ""
    )
    if not name:
        raise usage("say what it is called: --name NAME", next_command="br help blueprint export")
    try:
        document = export(
            plan,
            arguments.texts("ID"),
            name=name,
            title=arguments.text("title") or "",
            version=arguments.text("pack-version") or "1.0.0",
            summary=arguments.text("summary") or "",
        )
    except SpecError as error:
        raise packs.refusal(error) from None
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    reading = load(text.encode(), target or name)
    if reading.errors:
        first = reading.errors[0]
        raise Refusal(
            "blueprint_invalid",
            f"this would be no sound blueprint: {first.message} ({first.pointer})",
            hint=first.hint,
            next_command="br lint",
        )
    if target and target != "-":
        from buildrunner.cli.commands.transfer import write_beside_the_plan

        write_beside_the_plan(context, target, text)
        out.note(f"wrote {target} ({len(text.encode()):,} bytes)")
    out.emit({"path": target or None, "blueprint": document})
    if not target or target == "-":
        out.data(text.rstrip("\n"))
    return OK
