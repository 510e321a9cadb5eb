"""`br usage`: what a project or an organization used, and what it cost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from buildrunner.cli.commands.audit import not_written, organization
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of

if TYPE_CHECKING:
    from buildrunner.client import Client
    from buildrunner.client.models import UsageEvent, UsageSum

PATIENCE = 60.0
_PIECE = 1000  # events of a request


def run_usage(context: Context) -> int:
    """Sums by group, single events, a month against its limits; or send events."""
    arguments = context.arguments
    with connect(context.settings, timeout=PATIENCE) as client:
        if arguments.text("send"):
            return _send(context, client)
        if arguments.text("month"):
            return _month(context, client)
        if arguments.flag("events"):
            return _events(context, client)
        return _sums(context, client)


def scope(context: Context, client: Client) -> dict[str, str]:
    """Of what: `--org`, else the linked project."""
    if context.arguments.text("org"):
        return {"org_id": organization(context, client)}
    return {"project_id": link_of(context.workspace).project_id}


def times(context: Context) -> dict[str, str | None]:
    """`--from` and `--until`; a date is its first moment in UTC."""
    return {
        name: _moment(context.arguments.text(option))
        for name, option in (("since", "from"), ("until", "until"))
    }


def _moment(text: str | None) -> str | None:
    if text is None or "T" in text:
        return text
    if len(text) == 7:
        text += "-01"
    return f"{text}T00:00:00Z"


def _sums(context: Context, client: Client) -> int:
    out, group = context.out, context.arguments.text("by") or "type"
    rows = list(
        client.usage.summary(
            group_by=group,
            event_type=context.arguments.text("type"),
            **scope(context, client),
            **times(context),
        )
    )
    from msgspec.structs import asdict

    out.emit({"group_by": group, "rows": [asdict(row) for row in rows]})
    width = max([len(row.group or "-") for row in rows], default=0)
    for row in rows:
        out.data(f"{row.group or '-':<{width}}  {row.quantity:>16,.0f} {row.unit:<8} {_cost(row)}")
    if not rows:
        out.note("nothing was used")
        out.hint("br usage --send FILE", "report usage")
    unknown = sum(row.unpriced_events for row in rows)
    if unknown:
        out.note(f"{unknown:,} events have no known price, so their cost is unknown")
        out.hint("br cost set MODEL --input USD --output USD")
    return OK


def _cost(row: UsageSum) -> str:
    if row.unpriced_events:
        known = f", {row.known_cost} known" if row.known_cost else ""
        return f"cost unknown{known}"
    return f"{row.cost} {row.currency}" if row.cost is not None else ""


def _events(context: Context, client: Client) -> int:
    from msgspec.structs import asdict

    arguments, out = context.arguments, context.out
    most = arguments.number("limit", 20)
    found: list[UsageEvent] = []
    for event in client.usage.events(
        status=arguments.text("status"),
        event_type=arguments.text("type"),
        **scope(context, client),
        **times(context),
    ):
        if len(found) == most:
            break
        found.append(event)
    out.emit({"events": [asdict(event) for event in found]})
    for event in found:
        quantity = "" if event.quantity is None else f"{event.quantity:,.0f} {event.unit}"
        out.data(
            f"{event.time}  {event.status:<10} {event.type:<12} {quantity:>20}"
            f"  {event.cost or '-':>12}  {event.model_name or ''}  {event.source} {event.id}"
            f"{'  ' + event.code if event.code else ''}"
        )
    if not found:
        out.note("no such events")
    return OK


def _month(context: Context, client: Client) -> int:
    from msgspec.structs import asdict

    out = context.out
    month = context.arguments.required("month")
    period = client.usage.period(organization(context, client), month=month)
    out.emit(asdict(period) | {"usage": [asdict(line) for line in period.usage]})
    for line in period.usage:
        limit = "no limit" if line.limit is None else f"of {line.limit:,} ({line.percent:.1f} %)"
        over = f", {line.overage:,.0f} over" if line.overage else ""
        over += f": {line.overage_cost} USD" if over and line.billed else ""
        out.data(f"{line.type:<13} {line.quantity:>18,.0f} {line.unit:<8} {limit}{over}")
    out.note(
        f"{period.month} on {period.plan}: {period.cost or 'cost unknown'}"
        f"{' USD' if period.cost else ''}{', closed' if period.closed else ''}"
    )
    return OK


def _send(context: Context, client: Client) -> int:
    """A JSON list of CloudEvents, or one a line; those without a project get the linked one."""
    out, name = context.out, context.arguments.required("send")
    events = _read(context, name)
    if any("project_id" not in event.get("data", {}) for event in events):
        project_id = link_of(context.workspace).project_id
        for event in events:
            event.setdefault("data", {}).setdefault("project_id", project_id)
    told: dict[str, Any] = {"accepted": 0, "duplicates": 0, "rejected": []}
    for start in range(0, len(events), _PIECE):
        batch = client.usage.send(events[start : start + _PIECE])
        told["accepted"] += batch.accepted
        told["duplicates"] += batch.duplicates
        told["rejected"] += [
            {"id": one.id, "source": one.source, "code": one.code, "detail": one.detail}
            for one in batch.events
            if one.status == "rejected"
        ]
    out.emit(told)
    out.note(
        f"{told['accepted']:,} accepted, {told['duplicates']:,} counted before, "
        f"{len(told['rejected']):,} rejected"
    )
    for one in told["rejected"][:20]:
        out.note(f"  {one['source']} {one['id']}: {one['detail']}")
    return REFUSED if told["rejected"] else OK


def _read(context: Context, name: str) -> list[dict[str, Any]]:
    try:
        if name == "-":
            text = sys.stdin.read()
        else:
            with open(context.path(name), encoding="utf-8") as file:
                text = file.read()
        found = (
            json.loads(text)
            if text.lstrip().startswith("[")
            else [json.loads(line) for line in text.splitlines() if line.strip()]
        )
    except OSError as error:
        raise not_written(name, error) from None
    except ValueError as error:
        raise Refusal("not_json", f"{name}: {error}", next_command="br help usage") from None
    if not all(isinstance(one, dict) and isinstance(one.get("data", {}), dict) for one in found):
        raise usage(f"{name} does not hold CloudEvents", next_command="br help usage")
    return list(found)
