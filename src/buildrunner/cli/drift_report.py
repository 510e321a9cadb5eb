"""Telling the linked project what this clone found, and asking what was decided there."""

from __future__ import annotations

import os
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.drifting import Looked
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client import Client
from buildrunner.client.errors import ClientError
from buildrunner.workspace import git
from buildrunner.workspace.checks.provenance import runner
from buildrunner.workspace.folder import Workspace

MOST_FINDINGS = 2_000
MOST_CONFLICTS = 500
# Runner state: this clone has told of conflicts, and has to say when they are over.
_TOLD = "conflicts_reported"


def report_drift(context: Context, found: Looked) -> dict[str, Any]:
    """Send what `br drift` found. Raises what the client raises, and where nothing is linked."""
    findings = [each.as_dict() for each in found.findings]
    members: dict[str, Any] = {
        "findings": findings[:MOST_FINDINGS],
        "since": found.since.words[:200] if found.since else "",
        "base_revision": found.base_revision,
    }
    if found.server["checked"]:
        members["conflicts"] = found.conflicts[:MOST_CONFLICTS]
    told = _send(context, **members)
    if len(findings) > MOST_FINDINGS:
        context.out.note(f"only the first {MOST_FINDINGS} findings were reported")
    return told


def report_overlaps(context: Context, overlaps: list[dict[str, Any]]) -> dict[str, Any]:
    """Send the pairs of branches that meet; an empty list says that none does."""
    return _send(context, overlaps=overlaps)


def _send(context: Context, **members: Any) -> dict[str, Any]:
    workspace = context.workspace
    link = link_of(workspace)
    with connect(context.settings) as client:
        made = client.drift.report(link.project_id, clone_of(workspace), **_who(context), **members)
    if "conflicts" in members:
        workspace.update_state(**{_TOLD: True if members["conflicts"] else None})
    page = f"{link.server}/projects/{link.project_id}/reconcile"
    context.out.note(f"reported to {page}")
    return {"id": made.id, "url": page, "counts": made.counts}


def report_conflicts(context: Context, client: Client, conflicts: list[dict[str, Any]]) -> str:
    """Bring the conflicts of a sync to the page where they can be decided, or say that they are
    over; the page's address, "" where that was not possible: the sync stands either way."""
    workspace = context.workspace
    if not conflicts and not workspace.state().get(_TOLD):
        return ""
    link = link_of(workspace)
    try:
        client.drift.report(
            link.project_id,
            clone_of(workspace),
            **_who(context),
            conflicts=conflicts[:MOST_CONFLICTS],
        )
    except ClientError:
        return ""
    workspace.update_state(**{_TOLD: True if conflicts else None})
    return f"{link.server}/projects/{link.project_id}/reconcile"


def clone_of(workspace: Workspace) -> str:
    """The name of this clone for the server; CI is one, however many machines it has."""
    told = runner()
    if told["class"] == "ci":
        return f"ci:{told.get('provider', 'ci')}"
    known = workspace.state().get("clone")
    if isinstance(known, str) and known:
        return known
    made = os.urandom(8).hex()
    workspace.update_state(clone=made)
    return made


def _who(context: Context) -> dict[str, Any]:
    workspace = context.workspace
    told = runner()
    root = git.top_level(workspace.root) or workspace.root
    place = os.path.basename(os.path.realpath(root))
    ci = told["class"] == "ci"
    label = told["name"] if ci else f"{context.actor()}@{told['name']}:{place}"
    commit = git.run(["rev-parse", "--verify", "--quiet", "HEAD"], workspace.root, check=False)
    return {
        "label": "".join(c if c.isprintable() else "?" for c in label)[:120],
        "branch": (git.branch(workspace.root) or _branch_of_ci() or "")[:255],
        "commit": commit,
    }


def _branch_of_ci() -> str:
    """The branch that CI has checked out as a bare commit."""
    names = ("GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
