"""Waivers: those of a project, in the engine's form, and who has still to grant them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.policy.waivers import Waiver as EngineWaiver
from buildrunner.policy.waivers import lacking
from buildrunner.server.domains.governance.errors import WaiverAbsent
from buildrunner.server.domains.governance.models import Waiver
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.governance.types import WaiverView
from buildrunner.server.domains.tenancy.facade import ProjectAccess


def list_waivers(
    access: ProjectAccess, *, before: UUID | None = None, limit: int = 50
) -> list[WaiverView]:
    """All of them, newest first."""
    rows = _waivers(access).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    listed = list(rows[:limit])
    short = _still_lacking(access, listed)
    return [waiver_view(row, short.get(row.id, ())) for row in listed]


def find_waiver(access: ProjectAccess, waiver_id: UUID) -> Waiver:
    """One that was not revoked, locked. Raises WaiverAbsent."""
    row = _waivers(access).select_for_update().filter(id=waiver_id, revoked_at__isnull=True).first()
    if not isinstance(row, Waiver):
        raise WaiverAbsent(f"no waiver {waiver_id} stands in this project")
    return row


def waiver_view(row: Waiver, lacking: Sequence[str] = ()) -> WaiverView:
    """A row as it is shown; `lacking` says who has still to grant it."""
    expired = row.expires_at <= timezone.now()
    standing = "waiting" if lacking else "standing"
    return WaiverView(
        id=row.id,
        rule=row.rule,
        fingerprint=row.fingerprint,
        path=row.path,
        reason=row.reason,
        approver=_public(row.approver),
        created_at=row.created_at,
        expires_at=row.expires_at,
        status="revoked" if row.revoked_at else "expired" if expired else standing,
        lacking=list(lacking),
        revoked_at=row.revoked_at,
        revoked_by=_public(row.revoked_by) if row.revoked_by else None,
    )


def engine_waiver(row: Waiver) -> EngineWaiver:
    """A row in the engine's form."""
    roles = row.approver.get("roles")
    return EngineWaiver(
        rule=row.rule,
        fingerprint=row.fingerprint,
        reason=row.reason,
        approver=str(row.approver.get("name") or row.person_id),
        expires=row.expires_at.isoformat(),
        path=row.path,
        created=row.created_at.isoformat(),
        roles=roles if isinstance(roles, list) else None,
        person=str(row.person_id),
    )


def _still_lacking(access: ProjectAccess, rows: list[Waiver]) -> dict[UUID, list[str]]:
    """Of waivers that several people have to grant: who has still to do so."""
    current = current_policy(access)
    policy = current.policy if current else {}
    if not rows or not lacking(policy, [EngineWaiver("", "", "", "", "", roles=[])]):
        return {}
    standing = _waivers(access).filter(
        revoked_at__isnull=True,
        expires_at__gt=timezone.now(),
        fingerprint__in={row.fingerprint for row in rows},
    )
    together: dict[tuple[str, str], list[EngineWaiver]] = {}
    for row in standing:
        together.setdefault((row.rule, row.fingerprint), []).append(engine_waiver(row))
    return {row.id: lacking(policy, together.get((row.rule, row.fingerprint), ())) for row in rows}


def _waivers(access: ProjectAccess) -> Any:
    return Waiver.objects.filter(org_id=access.org_id, project_id=access.project_id)


def _public(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in actor.items() if name not in ("key", "roles")}
