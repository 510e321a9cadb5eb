"""`br analytics show`: velocity, quality, duration, cost and budgets of the linked project."""

from __future__ import annotations

from pathlib import Path

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import Measures

_PARTS = 10  # of each breakdown; the page and --json have all


def run_show(context: Context) -> int:
    """What the page Analytics shows, or the same as a file."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    asked = {
        "first": arguments.text("from"),
        "last": arguments.text("until"),
        "who": arguments.text("who") or "",
        "phase": arguments.text("phase") or "",
    }
    target = arguments.text("out")
    with connect(context.settings) as client:
        if target:
            form = arguments.text("format") or Path(target).suffix.lstrip(".") or "csv"
            data = client.analytics.export(
                link.project_id,
                format=form,
                first=asked["first"],
                last=asked["last"],
                who=asked["who"] or "",
                phase=asked["phase"] or "",
            )
            try:
                Path(target).write_bytes(data)
            except OSError as problem:
                raise Refusal("not_written", f"{target}: {problem.strerror}") from None
            out.emit({"file": target, "bytes": len(data)})
            out.data(f"wrote {target}: {len(data):,} bytes")
            return 0
        found = client.analytics.measures(
            link.project_id,
            first=asked["first"],
            last=asked["last"],
            who=asked["who"] or "",
            phase=asked["phase"] or "",
        )
    out.emit({"analytics": msgspec.to_builtins(found)})
    _show(context, found)
    return 0


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
