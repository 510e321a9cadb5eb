"""`br inbox`: what you are told, in a terminal."""

from __future__ import annotations

from itertools import islice
from typing import Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.client.models import Notification

_MOST = 20
_MARKS = {"urgent": "!!", "high": " !", "normal": "  ", "low": "  "}


def run_inbox(context: Context) -> int:
    """List what is unread, or mark it as read."""
    arguments, out = context.arguments, context.out
    ids = arguments.texts("ID")
    with connect(context.settings) as client:
        if ids or arguments.flag("mark-read"):
            marked = client.notifications.mark(ids or None)
            out.emit({"changed": marked.changed, "unread": marked.unread})
            out.data(f"{marked.changed} marked as read, {marked.unread} unread")
            return 0
        found = list(
            islice(
                client.notifications.list(
                    unread=not arguments.flag("all"), priority=arguments.text("priority")
                ),
                arguments.number("limit", _MOST),
            )
        )
        unread = client.notifications.unread().unread
    out.emit({"notifications": [_plain(one) for one in found], "unread": unread})
    for one in found:
        _show(context, one)
    if not found:
        out.note("nothing is unread" if unread == 0 else f"{unread} unread, none of this kind")
    elif unread:
        out.hint("br inbox --mark-read", f"{unread} unread")
    return 0


def _plain(one: Notification) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(one)
    return found


def _show(context: Context, one: Notification) -> None:
    out = context.out
    mark = " " if one.read_at else "●"
    title = flat(one.title)
    out.data(f"{mark}{_MARKS.get(one.priority, '  ')} {out.paint(title, 'bold')}")
    if one.body:
        out.data(f"     {flat(one.body)[:200]}")
    facts = "  ".join(part for part in (one.created_at, one.kind, one.url) if part)
    out.data(f"     {out.paint(facts, 'dim')}")
    out.data(f"     {out.paint(one.id, 'dim')}")
