"""`br who`: people and agents on the linked project right now."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import PresenceEntry

_DOING = {"typing": "typing", "holding": "working", "viewing": "looking"}


def run_who(context: Context) -> int:
    """List who is here, and on what."""
    out, link = context.out, link_of(context.workspace)
    with connect(context.settings) as client:
        found = list(client.presence.list(link.project_id))
    import msgspec

    out.emit({"here": [msgspec.to_builtins(one) for one in found]})
    for one in found:
        agent = out.paint("agent  ", "dim") if one.kind == "agent" else ""
        out.data(f"{agent}{out.paint(flat(one.name), 'bold')}  {_where(one)}")
    if not found:
        out.note("nobody is here")
    return 0


def _where(one: PresenceEntry) -> str:
    doing = _DOING.get(one.doing, one.doing)
    if one.entity_id:
        return f"{doing} on {flat(one.entity_type)} {flat(one.entity_id)}"
    return f"{doing} at {flat(one.page)}" if one.page else doing
