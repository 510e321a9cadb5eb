"""What the recorded changes of some days would be under another policy."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from buildrunner.policy.change import Change
from buildrunner.policy.judge import judge
from buildrunner.server.domains.governance.errors import PolicyInvalid
from buildrunner.server.domains.governance.models import ChangeRequest, CheckRun
from buildrunner.server.domains.governance.queries.judging import (
    counted,
    read_change,
    standing_votes,
)
from buildrunner.server.domains.governance.queries.policy import (
    current_policy,
    findings_of,
    read_text,
)
from buildrunner.server.domains.governance.queries.records import run_view
from buildrunner.server.domains.governance.queries.requests import PURPOSE, requests_of
from buildrunner.server.domains.governance.rules.changes import fails
from buildrunner.server.domains.governance.types import RuleChange, Simulated, Simulation
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.crypto.sealing import unseal

MOST_DAYS = 180
MOST_RUNS = 200
# Seconds; what is left then is told as skipped.
LONGEST = 8.0


def simulate(access: ProjectAccess, text: str, *, days: int = 90) -> Simulation:
    """Judge the newest recorded state of each change by the policy in force and by `text`, with
    the approvals it has; waivers are left out of both. Raises PolicyInvalid."""
    loaded = read_text(text)
    if not loaded.ok:
        raise PolicyInvalid(findings_of(loaded))
    current = current_policy(access)
    before = current.policy if current else {}
    since = timezone.now() - timedelta(days=min(max(days, 1), MOST_DAYS))
    rows, skipped = _newest(access, since)
    requests = requests_of(access).in_bulk([row.request_id for row in rows if row.request_id])
    deadline = time.monotonic() + LONGEST
    changes: list[Simulated] = []
    was: Counter[str] = Counter()
    becomes: Counter[str] = Counter()
    for row in rows:
        change = _change(row)
        if change is None or time.monotonic() > deadline:
            skipped += 1
            continue
        votes = _approvals(access, change, requests.get(row.request_id))
        ago = [one.as_dict() for one in judge(before, change, approvals=votes)]
        then = [one.as_dict() for one in judge(loaded.policy, change, approvals=votes)]
        was.update(one["rule"] for one in ago if fails(one))
        becomes.update(one["rule"] for one in then if fails(one))
        changes.append(_compared(row, ago, then))
    return Simulation(
        days=days,
        judged=len(changes),
        skipped=skipped,
        newly_refused=sum(one.before and not one.after for one in changes),
        newly_allowed=sum(one.after and not one.before for one in changes),
        by_rule=sorted(
            (RuleChange(rule, was[rule], becomes[rule]) for rule in {*was, *becomes}),
            key=lambda line: (-abs(line.after - line.before), line.rule),
        ),
        changes=[one for one in changes if one.appears or one.goes][:100],
    )


def _newest(access: ProjectAccess, since: Any) -> tuple[list[CheckRun], int]:
    """The newest run of each branch and head, and how many are too many."""
    rows = CheckRun.objects.filter(
        org_id=access.org_id, project_id=access.project_id, created_at__gte=since
    ).order_by("-id")
    seen: set[tuple[str, str]] = set()
    found: list[CheckRun] = []
    skipped = 0
    for row in rows.iterator(chunk_size=50):
        key = (row.branch, row.head)
        if row.head and key in seen:
            continue
        seen.add(key)
        if len(found) < MOST_RUNS:
            found.append(row)
        else:
            skipped += 1
    return found, skipped


def _change(row: CheckRun) -> Change | None:
    text = unseal(row.change, PURPOSE)
    return read_change(json.loads(text)) if text else None


def _approvals(access: ProjectAccess, change: Change, request: ChangeRequest | None) -> list[Any]:
    if request is None or request.head != change.head:
        return []
    return counted(change, standing_votes(access, request), request)


def _compared(row: CheckRun, ago: list[dict[str, Any]], then: list[dict[str, Any]]) -> Simulated:
    def keys(denials: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
        return {(one["rule"], one["fingerprint"]): one for one in denials if fails(one)}

    old, new = keys(ago), keys(then)
    return Simulated(
        run=run_view(row),
        before=not old,
        after=not new,
        appears=[one for key, one in new.items() if key not in old][:20],
        goes=[one for key, one in old.items() if key not in new][:20],
    )
