"""Put a new version of the policy in force."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from uuid import UUID

from buildrunner.server.domains.governance import events
from buildrunner.server.domains.governance.errors import PolicyInvalid, PolicyMoved
from buildrunner.server.domains.governance.models import PolicyVersion
from buildrunner.server.domains.governance.queries.numbering import lock_project
from buildrunner.server.domains.governance.queries.policy import (
    current_policy,
    findings_of,
    policy_version,
    policy_view,
    read_text,
)
from buildrunner.server.domains.governance.types import PolicyView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope, teams_in_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid, PreconditionRequired
from buildrunner.server.platform.events.emit import emit

ANY = "*"
LONGEST = 512 * 1024
LONGEST_MESSAGE = 500


def save_policy(
    actor: Actor,
    project_id: UUID,
    *,
    text: str,
    message: str = "",
    expected: Collection[str] | None = None,
) -> PolicyView:
    """Save a text as the next version; the same text again saves nothing.

    `expected` are the entity tags of `If-Match` without quotes, `*` for any; needed once there is
    a version. Raises PolicyInvalid with findings, PolicyMoved, PreconditionRequired.
    """
    if len(text.encode("utf-8", "replace")) > LONGEST:
        raise Invalid(f"a policy has at most {LONGEST // 1024} KiB", field="text")
    if "\x00" in text:
        raise Invalid("a NUL character cannot be stored", field="text")
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("policy.manage")
        return _save(actor, access, text, message, expected, None)


def restore_policy(
    actor: Actor, project_id: UUID, *, number: int, expected: Collection[str] | None = None
) -> PolicyView:
    """Put the text of an earlier version in force again, as a new one. Raises PolicyAbsent, and
    PolicyInvalid where it would not be accepted today."""
    with project_scope(actor, project_id, "plan.read") as access:
        access.require("policy.manage")
        text = policy_version(access, number).text
        return _save(actor, access, text, f"Version {number} again", expected, number)


def _save(
    actor: Actor,
    access: ProjectAccess,
    text: str,
    message: str,
    expected: Collection[str] | None,
    restored_from: int | None,
) -> PolicyView:
    loaded = read_text(text, teams=teams_in_scope())
    findings = findings_of(loaded)
    if not loaded.ok:
        raise PolicyInvalid(findings)
    lock_project(access.project_id, "policy")
    current = current_policy(access)
    _match(current, expected)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if current is not None and current.digest == digest:
        return current
    row = PolicyVersion.objects.create(
        org_id=access.org_id,
        project_id=access.project_id,
        number=current.number + 1 if current else 1,
        text=text,
        digest=digest,
        findings=findings,
        message=message.strip()[:LONGEST_MESSAGE],
        restored_from=restored_from,
        author=actor.record(),
        person_id=actor.person_id,
    )
    emit(
        events.SAVED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=str(row.number),
        data={
            "number": row.number,
            "digest": digest,
            "warnings": len(findings),
            "restored_from": restored_from,
        },
    )
    return policy_view(row)


def _match(current: PolicyView | None, expected: Collection[str] | None) -> None:
    if current is None:
        if expected is not None and ANY not in expected:
            raise PolicyMoved(0)
        return
    if expected is None:
        raise PreconditionRequired(
            f'Say which version you changed: `If-Match: "{current.etag}"`.', number=current.number
        )
    if ANY not in expected and current.etag not in expected:
        raise PolicyMoved(current.number)
