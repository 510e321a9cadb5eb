"""Sending evidence to the linked project: what lies in the repository is the queue.

Which records the server has taken is kept in the state folder, a project apart; whatever is not
among them is sent with the next `br qa push`, `br qa run` or `br sync`.
"""

from __future__ import annotations

import os
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.workspace import evidence
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.state import read_object, write_object

SENT = "evidence_sent.json"
_BATCH = 100


def upload_quietly(context: Context) -> dict[str, Any] | None:
    """Send what waits, where the clone is linked and signed in; None where it is not linked.

    That the server does not answer is said, not raised: nothing is lost.
    """
    from buildrunner.client.errors import ClientError

    if context.arguments.flag("no-upload") or not _is_linked(context.workspace):
        return None
    try:
        return upload(context)
    except (Refusal, WorkspaceError, ClientError) as problem:
        waiting = len(_waiting(context.workspace))
        context.out.note(
            f"not sent: {getattr(problem, 'message', problem)}; {waiting} records wait for "
            "`br qa push`"
        )
        return {"sent": 0, "waiting": waiting, "rejected": [], "error": str(problem)}


def upload(context: Context) -> dict[str, Any]:
    """Send what waits. Raises what the client raises."""
    from buildrunner.cli.remote import connect
    from buildrunner.cli.syncing.records import link_of

    workspace = context.workspace
    link = link_of(workspace)
    waiting = _waiting(workspace)
    rejected: list[dict[str, Any]] = []
    sent = 0
    if not waiting:
        return {"sent": 0, "waiting": 0, "rejected": []}
    with connect(context.settings) as client:
        for at in range(0, len(waiting), _BATCH):
            addresses = waiting[at : at + _BATCH]
            records = [evidence.read(workspace, address) for address in addresses]
            answer = client.request(
                "POST", f"/api/projects/{link.project_id}/evidence", {"records": records}
            )
            refused = _refused(answer)
            rejected += refused
            _remember(workspace, link.project_id, addresses)
            sent += len(addresses) - len(refused)
    for each in rejected:
        context.out.note(f"the server does not take {each.get('address')}: {each.get('message')}")
    noun = "record" if sent == 1 else "records"
    context.out.note(f"sent {sent} {noun} of evidence to {link.server}")
    return {"sent": sent, "waiting": 0, "rejected": rejected}


def _refused(answer: Any) -> list[dict[str, Any]]:
    found = answer.get("rejected") if isinstance(answer, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _is_linked(workspace: Workspace) -> bool:
    state = workspace.state()
    return isinstance(state.get("server"), str) and isinstance(state.get("project_id"), str)


def _waiting(workspace: Workspace) -> list[str]:
    """The addresses of records that the linked project has not had yet, the oldest first."""
    from buildrunner.evidence.record import moment

    had = set(_sent(workspace, str(workspace.state().get("project_id"))))
    records = [each for each in evidence.read_all(workspace).records if each.address not in had]
    return [each.address for each in sorted(records, key=lambda each: (moment(each), each.address))]


def _sent(workspace: Workspace, project_id: str) -> list[str]:
    found = (read_object(os.path.join(workspace.state_dir, SENT)) or {}).get(project_id)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _remember(workspace: Workspace, project_id: str, addresses: list[str]) -> None:
    path = os.path.join(workspace.state_dir, SENT)
    with workspace.lock():
        known = read_object(path) or {}
        known[project_id] = sorted({*_sent(workspace, project_id), *addresses})
        write_object(path, known)
