"""`br analytics show` and `rows`: the figures of the linked project, and what they are made from."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import msgspec

from buildrunner.cli.arguments import Arguments
from buildrunner.cli.context import Context
from buildrunner.cli.errors import USAGE, Refusal
from buildrunner.cli.layout import clip, flat, pad
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import FigureRow, Measures

_PARTS = 10  # of each breakdown; the page and --json have all


class _Asked(TypedDict):
    """The period, and what it is narrowed to."""

    first: str | None
    last: str | None
    who: str
    phase: str


def run_show(context: Context) -> int:
    """What the page Analytics shows, or the same as a file."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    asked = _asked(arguments)
    target = arguments.text("out")
    with connect(context.settings) as client:
        if target:
            form = arguments.text("format") or Path(target).suffix.lstrip(".") or "csv"
            data = client.analytics.export(link.project_id, format=form, **asked)
            try:
                Path(target).write_bytes(data)
            except OSError as problem:
                raise Refusal("not_written", f"{target}: {problem.strerror}") from None
            out.emit({"file": target, "bytes": len(data)})
            out.data(f"wrote {target}: {len(data):,} bytes")
            return 0
        found = client.analytics.measures(link.project_id, **asked)
    out.emit({"analytics": msgspec.to_builtins(found)})
    _show(context, found)
    return 0


def run_rows(context: Context) -> int:
    """The rows behind a figure, or behind one part of its breakdown."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    by, key = arguments.text("by") or "", arguments.text("key") or ""
    if bool(by) != bool(key):
        raise Refusal(
            "part_incomplete",
            "--by and --key go together, such as --by phase --key m1",
            next_command="br analytics --json",
            exit_code=USAGE,
        )
    with connect(context.settings) as client:
        found = client.analytics.rows(
            link.project_id, arguments.required("FIGURE"), by=by, key=key, **_asked(arguments)
        )
    out.emit({"rows": msgspec.to_builtins(found)})
    figure = found.figure
    title = f"{figure.title}, {found.group}" if found.group else figure.title
    out.data(out.paint(f"{flat(title)}: {_value(figure.value, figure.unit)}", "bold"))
    for group in found.groups:
        out.data(f"  {flat(group.title)}: {_value(group.total, group.unit)}")
        for one in group.rows:
            what = flat(f"{one.key} {one.title}")
            line = (
                f"    {one.day or '':<10}  {pad(clip(what, 48), 48)}  {pad(clip(one.who, 16), 16)}"
            )
            out.data(f"{line}  {_share(one, group.unit)}")
    return 0


def _share(one: FigureRow, unit: str) -> str:
    return f"{one.value} of {one.of}" if one.of is not None else _value(one.value, unit)


def _asked(arguments: Arguments) -> _Asked:
    return {
        "first": arguments.text("from"),
        "last": arguments.text("until"),
        "who": arguments.text("who") or "",
        "phase": arguments.text("phase") or "",
    }


def _show(context: Context, found: Measures) -> None:
    out = context.out
    for section in found.sections:
        out.data(out.paint(flat(section.title), "bold"))
        for one in section.figures:
            out.data(f"  {flat(one.title):<34} {_value(one.value, one.unit)}")
        for broken in section.breakdowns:
            if broken.parts:
                out.data(f"  {flat(broken.title)}")
            for part in broken.parts[:_PARTS]:
                out.data(f"    {flat(part.title):<32} {_value(part.value, broken.unit)}")
            if len(broken.parts) > _PARTS:
                out.note(f"    and {len(broken.parts) - _PARTS} more")


def _value(value: str | None, unit: str) -> str:
    return "unknown" if value is None else f"{value} {unit}".strip()
