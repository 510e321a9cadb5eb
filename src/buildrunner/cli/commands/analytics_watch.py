"""`br analytics`: what was unusual, usage collected from providers, reports by mail."""

from __future__ import annotations

from typing import Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of


def run_anomalies(context: Context) -> int:
    """List what was unusual in the linked project."""
    out, link = context.out, link_of(context.workspace)
    status = context.arguments.text("status")
    with connect(context.settings) as client:
        found = list(client.anomalies.list(project_id=link.project_id, status=status))
    out.emit({"anomalies": [_plain(one) for one in found]})
    for one in found:
        out.data(f"{one.severity:8} {one.status:12} {one.worst_day}  {one.title}")
        out.note(f"  {one.explanation}")
    if not found:
        out.note("nothing was unusual")
    return 0


def run_collect(context: Context) -> int:
    """Read the sources of the linked project now."""
    out, link = context.out, link_of(context.workspace)
    arguments = context.arguments
    with connect(context.settings) as client:
        done = client.usage_sources.collect(
            project_id=link.project_id,
            since=arguments.text("since"),
            until=arguments.text("until"),
        )
    out.emit({"queued": done.queued, "sources": [_plain(one) for one in done.sources]})
    for one in done.sources:
        upto = one.collected_until or "never"
        out.data(f"{one.name} ({one.kind}) is read now; before: {upto}")
    return 0


def run_report(context: Context) -> int:
    """What the report of the last day, week or month says."""
    out, link = context.out, link_of(context.workspace)
    frequency = context.arguments.text("WHICH") or "daily"
    with connect(context.settings) as client:
        report = client.reports.preview(link.project_id, frequency=frequency)
    out.emit({"report": _plain(report)})
    out.data(report.title)
    for one in report.measures:
        change = "" if one.change is None else f"  {one.change:+.1f} %"
        out.data(f"{one.title:34} {one.value:>20}{change}")
    for said in report.insights:
        out.data(said)
    return 0


def run_schedule(context: Context) -> int:
    """Have a report of the linked project mailed, or list what is."""
    out, link = context.out, link_of(context.workspace)
    frequency = context.arguments.text("WHICH")
    with connect(context.settings) as client:
        if frequency:
            made = client.reports.schedule(
                link.project_id,
                frequency,
                recipients=context.arguments.texts("to"),
                hour=context.arguments.number("hour", 6),
            )
        found = [made] if frequency else list(client.reports.list(link.project_id))
    out.emit({"schedules": [_plain(one) for one in found]})
    for one in found:
        people = ", ".join(one.recipients.values())
        out.data(f"{one.frequency:8} {one.state:8} next {one.next_at}  to {people}  {one.id}")
    if not found:
        out.note("nobody is mailed")
        out.hint("br analytics schedule weekly", "mail it every Monday")
    return 0


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
