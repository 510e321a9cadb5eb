"""`br claim` and `br release`: who works on what, for how long."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.subjects import microstep_of
from buildrunner.cli.taking import give_back, take
from buildrunner.workspace import claims


def run_claim(context: Context) -> int:
    """Take the lease of a microstep; without an ID list the leases."""
    identifier, out = context.arguments.text("ID"), context.out
    if identifier is None:
        return _list(context)
    entity = microstep_of(context.workspace.read()[1], identifier)
    if entity.value.get("status") == "done":
        raise Refusal("already_done", f"{entity.id} is done", next_command="br next --claim")
    lease = take(context, entity.id, renew=context.arguments.flag("renew"))
    out.emit({"claim": lease})
    out.data(f"{entity.id}  {lease['holder']}  until {lease['expires_at']}")
    out.hint(f"br start {entity.id}")
    return 0


def _list(context: Context) -> int:
    found = list(claims.active(context.workspace).values())
    found.sort(key=lambda lease: str(lease["expires_at"]))
    context.out.emit({"claims": found})
    for lease in found:
        context.out.data(f"{lease['microstep_id']}  {lease['holder']}  until {lease['expires_at']}")
    if not found:
        context.out.note("nobody holds anything")
    return 0


def run_release(context: Context) -> int:
    """Give leases back before they end."""
    out, released = context.out, []
    _, plan = context.workspace.read()
    for identifier in context.arguments.texts("ID"):
        entity = microstep_of(plan, identifier)
        lease = give_back(context, entity.id, force=context.arguments.flag("force"))
        if lease is None:
            out.note(f"{entity.id} was not held")
        else:
            released.append(entity.id)
            out.data(f"{entity.id}  released")
    out.emit({"released": released})
    return 0
