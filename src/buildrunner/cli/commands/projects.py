"""`br project …`: the projects of a server; `br api`: any operation of its API."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from buildrunner.cli.commands.link import tie
from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, Refusal, usage
from buildrunner.cli.remote import connect

if TYPE_CHECKING:
    from buildrunner.client.models import Project

PATIENCE = 300.0  # seconds for a whole history to travel
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def run_list(context: Context) -> int:
    """The projects the key may see."""
    arguments, out = context.arguments, context.out
    archived = True if arguments.flag("archived") else None
    with connect(context.settings) as client:
        found = list(client.projects.list(org_id=arguments.text("org"), archived=archived))
    out.emit({"projects": [_record(project) for project in found]})
    for project in found:
        out.data(f"{project.id}  r{project.revision:<5} {project.role or '':<12} {project.title}")
    if not found:
        out.note("no projects in the archive" if archived else "no projects yet")
        if not archived:
            out.hint('br project create "TITLE"')
    return OK


def run_create(context: Context) -> int:
    """Make a project, and tie this clone to it where asked."""
    arguments, out = context.arguments, context.out
    linked = arguments.flag("link")
    workspace = context.workspace if linked else None  # refused before anything is made
    with connect(context.settings) as client:
        project = client.projects.create(arguments.required("TITLE"), org_id=arguments.text("org"))
    if workspace is not None:
        tie(context, workspace, project)
    out.emit({**_record(project), "linked": linked})
    out.note(f"made {project.title!r}{' and linked this clone to it' if linked else ''}")
    out.hint("br sync" if linked else f"br link {project.id}")
    return OK


def run_archive(context: Context) -> int:
    """Put a project into the archive, or take it out."""
    arguments, out = context.arguments, context.out
    project_id, back = arguments.required("PROJECT_ID"), arguments.flag("restore")
    with connect(context.settings) as client:
        change = client.projects.unarchive if back else client.projects.archive
        project = change(project_id)
    out.emit(_record(project))
    out.note(f"{project.title!r} {'can be changed again' if back else 'is in the archive'}")
    if not back:
        out.hint(f"br project archive {project.id} --restore", "to take it out")
    return OK


def run_export(context: Context) -> int:
    """Write a project with its plan, revisions and events into one file."""
    from buildrunner.workspace import files

    arguments, out = context.arguments, context.out
    project_id = arguments.required("PROJECT_ID")
    target = arguments.text("output") or f"{project_id}.zip"
    path = context.path(target)
    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise Refusal("no_folder", f"there is no folder for {target}", exit_code=NO_WORKSPACE)
    with connect(context.settings, timeout=PATIENCE) as client:
        data = client.projects.export(project_id)
    try:
        files.write(path, data)
    except OSError as error:
        raise _not_read(target, error) from None
    out.emit({"project_id": project_id, "path": target, "bytes": len(data)})
    out.note(f"wrote {target} ({len(data):,} bytes)")
    out.hint(f"br project import {target}", "on the server that shall have it")
    return OK


def run_import(context: Context) -> int:
    """Take in what `br project export` wrote."""
    arguments, out = context.arguments, context.out
    source = arguments.required("FILE")
    try:
        with open(context.path(source), "rb") as file:
            data = file.read()
    except OSError as error:
        raise _not_read(source, error) from None
    with connect(context.settings, timeout=PATIENCE) as client:
        found = client.projects.import_archive(
            data, org_id=arguments.text("org"), as_copy=arguments.flag("as-copy")
        )
    out.emit({**_record(found.project), "created": found.created, "rows": found.rows})
    title, revision = found.project.title, found.project.revision
    if found.created:
        out.note(f"{title!r} is there, revision {revision}, with its history")
    elif found.rows:
        out.note(f"{title!r} stood there already; {found.rows} rows that were missing were added")
    else:
        out.note(f"{title!r} stood there already; nothing changed")
    out.hint(f"br link {found.project.id}")
    return OK


def _not_read(name: str, error: OSError) -> Refusal:
    words = os.strerror(error.errno or 0)
    return Refusal("unreadable", f"{name}: {words}", exit_code=NO_WORKSPACE)


def run_api(context: Context) -> int:
    """One request, its answer as it came."""
    arguments, out = context.arguments, context.out
    method = arguments.required("METHOD").upper()
    if method not in METHODS:
        raise usage(f"{method} is no method; use {', '.join(METHODS)}", next_command="br help api")
    path = arguments.required("PATH")
    path = path if path.startswith("/api/") else f"/api/{path.lstrip('/')}"
    body = _body(context)
    if body is not None and method in {"GET", "DELETE"}:
        raise usage(f"{method} takes no body; put it into the path", next_command="br help api")
    with connect(context.settings) as client:
        answer = client.request(method, path, body)
    out.emit(answer if isinstance(answer, dict) else {"answer": answer})
    if answer is not None:
        shown = (
            answer if isinstance(answer, str) else json.dumps(answer, indent=2, ensure_ascii=False)
        )
        out.data(shown)
    else:
        out.note("done")
    return OK


def _body(context: Context) -> Any:
    arguments = context.arguments
    fields, source = arguments.texts("field"), arguments.text("input")
    if source is not None:
        if fields:
            raise usage("give --field or --input, not both", next_command="br help api")
        return _read(context, source)
    if not fields:
        return None
    body: dict[str, Any] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name:
            raise usage(f"--field={field}: write NAME=VALUE", next_command="br help api")
        body[name.removesuffix(":")] = _json(name, value) if name.endswith(":") else value
    return body


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise usage(f"--field={name}=…: not JSON ({error})", next_command="br help api") from None


def _read(context: Context, source: str) -> Any:
    try:
        if source == "-":
            return json.load(sys.stdin)
        with open(context.path(source), encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise _not_read(source, error) from None
    except ValueError as error:
        raise usage(f"{source} is not JSON ({error})") from None


def _record(project: Project) -> dict[str, Any]:
    return {
        "project_id": project.id,
        "org_id": project.org_id,
        "title": project.title,
        "revision": project.revision,
        "role": project.role,
        "archived_at": project.archived_at,
        "url": project.url,
    }
