"""`br claim` and `br release`: who works on what, for how long."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.subjects import microstep_of
from buildrunner.cli.taking import give_back, is_linked, take
from buildrunner.workspace import claims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
    found = list(_leases(context).values())
    found.sort(key=lambda lease: str(lease["expires_at"]))
    context.out.emit({"claims": found})
    for lease in found:
        context.out.data(f"{lease['microstep_id']}  {lease['holder']}  until {lease['expires_at']}")
    if not found:
        context.out.note("nobody holds anything")
    return 0


def _leases(context: Context) -> dict[str, dict[str, Any]]:
    """The leases of this clone, and of a linked one those of everybody."""
    found = dict(claims.active(context.workspace))
    if not is_linked(context):
        return found
    from buildrunner.cli import remote_claims
    from buildrunner.client import ClientError

    try:
        for lease in remote_claims.in_force(context.workspace, context.settings):
            found.setdefault(str(lease["microstep_id"]), lease)
    except (ClientError, Refusal) as error:
        context.out.note(f"warning: only the leases of this clone: {error}")
    return found


def _released_elsewhere(context: Context, identifier: str, *, force: bool) -> bool:
    if not is_linked(context):
        return False
    from buildrunner.cli.remote_claims import release_elsewhere

    return release_elsewhere(
        context.workspace, context.settings, identifier, holder=context.actor(), force=force
    )


def run_release(context: Context) -> int:
    """Give leases back before they end."""
    out, released = context.out, []
    _, plan = context.workspace.read()
    for identifier in context.arguments.texts("ID"):
        entity = microstep_of(plan, identifier)
        force = context.arguments.flag("force")
        lease = give_back(context, entity.id, force=force)
        if lease is None and not _released_elsewhere(context, entity.id, force=force):
            out.note(f"{entity.id} was not held")
        else:
            released.append(entity.id)
            out.data(f"{entity.id}  released")
    out.emit({"released": released})
    return 0
