"""`br comment`: talk about the plan from a terminal; the talk itself is on the server."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import usage
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.subjects import entity_of
from buildrunner.cli.syncing.records import link_of
from buildrunner.client import Client
from buildrunner.client.models import Comment

_MOST = 50


def run_comment(context: Context) -> int:
    """List what was said about an entity, or say something."""
    arguments, out = context.arguments, context.out
    link = link_of(context.workspace)
    kind, identifier = _about(context)
    text = arguments.text("TEXT")
    if text == "-":
        text = sys.stdin.read()
    done = [name for name in ("resolve", "reopen", "promote") if arguments.text(name)]
    if len(done) + (text is not None) > 1:
        raise usage("one thing at a time: TEXT, --resolve, --reopen or --promote")
    with connect(context.settings) as client:
        if done:
            return _settle(context, client, done[0])
        if text is None:
            return _list(context, client, link.project_id, kind, identifier)
        files = _files(context)
        made = client.comments.create(
            link.project_id,
            text,
            entity_type=kind,
            entity_id=identifier,
            parent_id=arguments.text("answer"),
        )
        for name, data in files:
            client.comments.attach(made.id, name, data)
        if files:
            made = client.comments.get(made.id)
    out.emit({"comment": _plain(made)})
    _show(context, made)
    return 0


def _files(context: Context) -> list[tuple[str, bytes]]:
    """The files to go along, read before anything is said."""
    found = []
    for name in context.arguments.texts("attach"):
        path = Path(name)
        try:
            found.append((path.name, path.read_bytes()))
        except OSError as error:
            raise usage(f"{name}: {error.strerror or error}") from None
    return found


def _about(context: Context) -> tuple[str, str]:
    identifier = context.arguments.text("ID")
    if identifier is None or identifier == ".":
        return "project", ""
    entity = entity_of(context.workspace.read()[1], identifier)
    return entity.kind, entity.id


def _list(context: Context, client: Client, project_id: str, kind: str, identifier: str) -> int:
    whole = context.arguments.text("ID") is None
    found = list(
        islice(
            client.comments.list(
                project_id,
                entity_type=None if whole else kind,
                entity_id=None if whole else identifier,
                words=context.arguments.text("search"),
            ),
            context.arguments.number("limit", _MOST),
        )
    )
    context.out.emit({"comments": [_plain(one) for one in found]})
    for one in found:
        _show(context, one)
    if not found:
        context.out.note("nothing was said")
    return 0


def _settle(context: Context, client: Client, what: str) -> int:
    comment_id = context.arguments.required(what)
    if what == "promote":
        step, title = context.arguments.text("ID"), context.arguments.text("title")
        if not step or not title:
            raise usage("br comment STEP --promote COMMENT --title TITLE [--criterion TEXT]")
        made = client.comments.promote(
            comment_id, step, title, context.arguments.texts("criterion")
        )
        context.out.emit({"microstep": made.microstep_id, "revision": made.revision})
        context.out.data(f"{made.microstep_id}  {flat(title)}")
        context.out.hint("br sync", "takes it into this clone")
        return 0
    settled = getattr(client.comments, what)(comment_id)
    context.out.emit({"comment": _plain(settled)})
    context.out.data(f"{settled.id}  {'resolved' if settled.resolved_at else 'open'}")
    return 0


def _plain(comment: Comment) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(comment)
    return found


def _show(context: Context, one: Comment) -> None:
    out = context.out
    indent = "  " if one.parent_id else ""
    about = f"{one.entity_type} {one.entity_id}".strip()
    who = flat(one.author.get("name"))
    state = "  (resolved)" if one.resolved_at else ""
    out.data(
        f"{indent}{out.paint(who, 'bold')}  {out.paint(f'{one.created_at}  {about}', 'dim')}{state}"
    )
    body = "(deleted)" if one.deleted else one.body
    for line in body.splitlines():
        out.data(f"{indent}  {line}")
    for file in one.attachments:
        out.data(f"{indent}  {out.paint(f'+ {flat(file.name)}  {file.size:,} bytes', 'dim')}")
    out.data(f"{indent}  {out.paint(one.id, 'dim')}")
