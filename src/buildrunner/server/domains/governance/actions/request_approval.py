"""Ask for approval of a change, renew that with each push, or take it back."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.change import Change
from buildrunner.policy.named import Named
from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.actions.record_run import keep_run
from buildrunner.server.domains.governance.errors import ChangeInvalid, RequestClosed
from buildrunner.server.domains.governance.models import ChangeRequest
from buildrunner.server.domains.governance.queries.judging import read_change
from buildrunner.server.domains.governance.queries.numbering import lock_project
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.governance.queries.requests import (
    PURPOSE,
    find_request,
    request_view,
    requests_of,
    settle,
)
from buildrunner.server.domains.governance.rules.changes import content_of
from buildrunner.server.domains.governance.types import RequestView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.events.emit import emit

LARGEST = 8 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{7,64}")


def request_approval(
    actor: Actor, project_id: UUID, *, change: dict[str, Any]
) -> tuple[RequestView, bool]:
    """Open the request for a branch and its target, or renew the one that is open; whether it was
    opened. Votes for another head, or for other files, do not count any more.

    Needs `approval.request`. Raises ChangeInvalid.
    """
    read = read_change(change)
    text = _whole(change, read)
    with project_scope(actor, project_id, "approval.request") as access:
        lock_project(project_id, "request")
        row = (
            requests_of(access)
            .select_for_update()
            .filter(state="open", kind="change", branch=read.branch, target=read.target or "")
            .first()
        )
        opened = row is None
        previous = row.head if row else ""
        if row is None:
            last = requests_of(access).order_by("-number").first()
            row = ChangeRequest(
                org_id=access.org_id,
                project_id=access.project_id,
                number=last.number + 1 if last else 1,
                branch=read.branch or "",
                target=read.target or "",
                author=actor.record(),
                authors=[],
            )
        _fill(row, actor, access, read, text)
        settle(access, row)
        row.save()
        keep_run(actor, access, read, "request", row.allowed, row.denials, text, request=row)
        _announce(actor, row, previous, opened=opened)
        return request_view(row), opened


def withdraw_request(actor: Actor, project_id: UUID, *, number: int) -> RequestView:
    """Take a request back: whoever opened it or pushed to it, or who manages the project.

    Raises RequestAbsent, RequestClosed.
    """
    with project_scope(actor, project_id, "plan.read") as access:
        row = find_request(access, number, lock=True)
        if str(actor.person_id) not in row.authors:
            access.require("project.manage")
        else:
            access.require("approval.request")
        if row.state != "open":
            raise RequestClosed(row.number, row.state)
        row.state, row.closed_at = "withdrawn", timezone.now()
        row.save(update_fields=["state", "closed_at"])
        emit(
            events.WITHDRAWN,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.number),
            data={"number": row.number, "head": row.head},
        )
        return request_view(row)


def _whole(change: dict[str, Any], read: Change) -> str:
    for name in ("head", "branch"):
        if not getattr(read, name):
            raise ChangeInvalid(f"/{name}: a request needs it", pointer=f"/{name}")
    for name in ("head", "base"):
        value = getattr(read, name)
        if value and not _SHA.fullmatch(value):
            raise ChangeInvalid(f"/{name}: the id of a commit is wanted", pointer=f"/{name}")
    text = json.dumps(change, ensure_ascii=False, separators=(",", ":"))
    if len(text) > LARGEST:
        raise ChangeInvalid(
            f"the change has {len(text):,} characters; at most {LARGEST:,} can be approved at once"
        )
    return text


def _fill(row: ChangeRequest, actor: Actor, access: ProjectAccess, read: Change, text: str) -> None:
    current = current_policy(access)
    row.title = (read.title or read.branch or "")[:500]
    row.base, row.head = read.base, read.head
    row.content = content_of(read)
    row.change = seal(text, PURPOSE)
    row.paths = [file.path for file in read.files[:500]]
    row.microsteps = sorted(Named(current.policy if current else {}, read).microsteps)[:100]
    row.pushed_at = timezone.now()
    row.authors = list(dict.fromkeys([*row.authors, str(actor.person_id)]))


def _announce(actor: Actor, row: ChangeRequest, previous: str, *, opened: bool) -> None:
    told = {"number": row.number, "head": row.head, "allowed": row.allowed}
    if opened:
        more = {"title": row.title, "branch": row.branch, "target": row.target}
    else:
        more = {"previous": previous}
    emit(
        events.REQUESTED if opened else events.RENEWED,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.number),
        data={**told, **more},
    )
