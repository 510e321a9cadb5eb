"""Recorded runs, and what stands and waits."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.governance.models import ChangeRequest, CheckRun, Waiver
from buildrunner.server.domains.governance.queries.policy import current_policy
from buildrunner.server.domains.governance.queries.requests import post_reviews, requests_of
from buildrunner.server.domains.governance.queries.waivers import waiver_view
from buildrunner.server.domains.governance.types import Overview, RunView
from buildrunner.server.domains.tenancy.facade import ProjectAccess

LATELY = timedelta(days=30)
SOON = timedelta(days=14)


def list_runs(
    access: ProjectAccess,
    *,
    before: UUID | None = None,
    limit: int = 50,
    rule: str | None = None,
) -> list[RunView]:
    """Recorded judgements, newest first; only those with a denial by `rule`, if given."""
    rows = _runs(access).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    if rule:
        rows = rows.filter(rules__has_key=rule)
    return [run_view(row) for row in rows.defer("change")[:limit]]


def overview(access: ProjectAccess) -> Overview:
    """What stands and what waits."""
    now = timezone.now()
    open_rows = list(requests_of(access).filter(state="open").values_list("allowed", flat=True))
    lately = list(
        _runs(access).filter(created_at__gte=now - LATELY).values_list("allowed", "rules")
    )
    counts: Counter[str] = Counter()
    for _, rules in lately:
        counts.update({name: int(many) for name, many in rules.items()})
    standing = _waivers(access).filter(revoked_at__isnull=True, expires_at__gt=now)
    return Overview(
        policy=current_policy(access),
        open_requests=len(open_rows),
        waiting=sum(not allowed for allowed in open_rows),
        runs=len(lately),
        refused=sum(not allowed for allowed, _ in lately),
        by_rule=counts.most_common(10),
        expiring=[
            waiver_view(row)
            for row in standing.filter(expires_at__lt=now + SOON).order_by("expires_at")[:20]
        ],
        waivers=standing.count(),
        reviews=post_reviews(access, open_only=True),
    )


def run_view(row: CheckRun) -> RunView:
    """A row as it is shown."""
    return RunView(
        id=row.id,
        source=row.source,
        title=row.title,
        branch=row.branch,
        base=row.base,
        head=row.head,
        allowed=row.allowed,
        denials=row.denials,
        rules=row.rules,
        policy_digest=row.policy_digest,
        request_id=row.request_id,
        actor=_public(row.actor),
        created_at=row.created_at,
    )


def numbers_of(access: ProjectAccess, runs: list[RunView]) -> dict[UUID, int]:
    """The numbers of the requests that runs belong to."""
    ids = [run.request_id for run in runs if run.request_id]
    found: dict[UUID, ChangeRequest] = requests_of(access).in_bulk(ids)
    return {key: row.number for key, row in found.items()}


def _waivers(access: ProjectAccess) -> Any:
    return Waiver.objects.filter(org_id=access.org_id, project_id=access.project_id)


def _runs(access: ProjectAccess) -> Any:
    return CheckRun.objects.filter(org_id=access.org_id, project_id=access.project_id)


def _public(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in actor.items() if name != "key"}
