"""`br link` ties a clone to a project, `br open` shows that project in the browser."""

from __future__ import annotations

import os
import sys
from urllib.parse import quote

from buildrunner.cli.config import origin, store_credentials
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client import NotFound
from buildrunner.client.models import Project
from buildrunner.workspace import git
from buildrunner.workspace.folder import Workspace


def run_link(context: Context) -> int:
    """Check that the project is there, and remember it with the branch of now."""
    workspace, out = context.workspace, context.out
    project_id = context.arguments.required("PROJECT_ID")
    with connect(context.settings) as client:
        try:
            project = client.projects.get(project_id)
        except NotFound:
            raise Refusal(
                "project_not_found",
                f"{context.settings.server} shows you no project {project_id}",
                hint="the id is in the address of the project's page",
                missing=[project_id],
                next_command="br open",
                exit_code=REFUSED,
            ) from None
    server, branch = tie(context, workspace, project)
    out.emit(
        {
            "server": server,
            "project_id": project.id,
            "title": project.title,
            "revision": project.revision,
            "branch": branch,
        }
    )
    where = f" on branch {branch}" if branch else ""
    out.note(f"linked to {project.title!r} (revision {project.revision}) at {server}{where}")
    out.hint("br sync")
    return OK


def tie(context: Context, workspace: Workspace, project: Project) -> tuple[str, str | None]:
    """Tie a clone to a project; the server and the branch that syncs from now on."""
    server = origin(context.settings.server)
    if context.settings.source("server") == "flag":
        store_credentials(server)
    branch = context.arguments.text("branch") or git.branch(workspace.root)
    _remember(workspace, server, project.id, branch)
    return server, branch


def _remember(workspace: Workspace, server: str, project_id: str, branch: str | None) -> None:
    """Store the link; what was agreed with another project does not count for this one."""
    with workspace.lock():
        state = workspace.state()
        known = (state.get("server"), state.get("project_id"))
        if known != (server, project_id):
            from buildrunner.cli.syncing.records import CONFLICTS, OUTBOX, discard

            workspace.write_base(None)
            workspace.update_state(base=None, previous_base=None, pending_conflicts=None)
            discard(workspace, OUTBOX)
            discard(workspace, CONFLICTS)
        workspace.update_state(server=server, project_id=project_id, branch=branch)


def run_open(context: Context) -> int:
    """Print the address of the project (or of one entity) and show it where there is a browser."""
    link = link_of(context.workspace)
    server = context.settings.server or link.server
    url = f"{server}/projects/{quote(link.project_id, safe='')}/plan"
    identifier = context.arguments.text("ID")
    if identifier:
        url += f"/items/{quote(identifier, safe='')}"
    shown = False
    if not context.arguments.flag("no-browser") and _has_display():
        import webbrowser

        shown = webbrowser.open(url)
    context.out.emit({"url": url, "opened": shown})
    context.out.data(url)
    return OK


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
