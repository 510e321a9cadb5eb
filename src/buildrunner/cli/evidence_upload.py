"""Sending evidence to the linked project: what lies in the repository is the queue.

Which records the server has taken is kept in the state folder, a project apart; whatever is not
among them is sent with the next `br qa push`, `br qa run` or `br sync`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.workspace import evidence
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.proven import any_evidence
from buildrunner.workspace.state import read_object, write_object

if TYPE_CHECKING:
    from buildrunner.client.models import RejectedRecord

SENT = "evidence_sent.json"
_BATCH = 100
# What the server may take another time.
_LATER = ("from_the_future",)


def upload_quietly(context: Context) -> dict[str, Any] | None:
    """Send what waits, where the clone is linked and signed in; None where it is not linked.

    That the server does not answer is said, not raised: nothing is lost.
    """
    from buildrunner.client.errors import ClientError, NotFound

    if context.arguments.flag("no-upload") or not _is_linked(context.workspace):
        return None
    try:
        return upload(context)
    except NotFound as problem:
        # Before the first sync the project has no plan that evidence could be about.
        if problem.code != "plan_absent":
            return _queued(context, problem)
        return _queued(context, problem, "the project has no plan yet: `br sync` brings both")
    except (Refusal, WorkspaceError, ClientError) as problem:
        return _queued(context, problem)


def _queued(context: Context, problem: Exception, words: str = "") -> dict[str, Any]:
    waiting = len(_waiting(context.workspace))
    noun = "record waits" if waiting == 1 else "records wait"
    said = words or f"not sent: {getattr(problem, 'message', problem)}"
    context.out.note(f"{said}; {waiting} {noun} for `br qa push`")
    return {"sent": 0, "known": 0, "waiting": waiting, "rejected": [], "error": str(problem)}


def send_with_sync(context: Context) -> bool:
    """What waits goes along with a sync: what is done travels only with its proof.

    Returns whether it has to be sent again afterwards: the first sync makes the plan that the
    evidence is about.
    """
    if not any_evidence(context.workspace) or not _waiting(context.workspace):
        return False
    if context.workspace.base() is None:
        return True
    upload_quietly(context)
    return False


def upload(context: Context) -> dict[str, Any]:
    """Send what waits. Raises what the client raises."""
    from buildrunner.cli.remote import connect
    from buildrunner.cli.syncing.records import link_of

    workspace = context.workspace
    link = link_of(workspace)
    waiting = _waiting(workspace)
    rejected: list[dict[str, Any]] = []
    sent = known = 0
    if waiting:
        with connect(context.settings) as client:
            for at in range(0, len(waiting), _BATCH):
                addresses = waiting[at : at + _BATCH]
                records = [evidence.read(workspace, address) for address in addresses]
                taken = client.evidence.upload(link.project_id, records, run=_group())
                refused = [_row(each, addresses) for each in taken.rejected]
                rejected += refused
                sent += taken.stored
                known += taken.known
                later = {each["address"] for each in refused if each["code"] in _LATER}
                _remember(workspace, link.project_id, [a for a in addresses if a not in later])
        _say(context, link.server, sent, known, rejected)
    return {"sent": sent, "known": known, "waiting": 0, "rejected": rejected}


def _row(rejected: RejectedRecord, addresses: list[str]) -> dict[str, Any]:
    return {
        "address": addresses[rejected.index],
        "code": rejected.code,
        "message": rejected.message,
        "hint": rejected.hint,
    }


def _say(
    context: Context, server: str, sent: int, known: int, rejected: list[dict[str, Any]]
) -> None:
    for each in rejected:
        hint = f" ({each['hint']})" if each["hint"] else ""
        context.out.note(
            f"the server does not take {each['address'][:12]}: {each['message']}{hint}"
        )
    noun = "record" if sent == 1 else "records"
    tail = f", {known} were there" if known else ""
    context.out.note(f"sent {sent} {noun} of evidence to {server}{tail}")


def _group() -> str:
    """What groups the records of one run of CI: its address."""
    from buildrunner.workspace.checks.provenance import runner

    return runner().get("run_url", "")[:200]


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
