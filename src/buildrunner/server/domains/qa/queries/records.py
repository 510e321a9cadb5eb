"""Evidence as the decision needs it, read from columns: what a check printed is not loaded."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from buildrunner.evidence.errors import Finding
from buildrunner.evidence.record import EVIDENCE
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.qa.errors import EvidenceAbsent
from buildrunner.server.domains.qa.models import EvidenceRecord, Quarantine, SignOff
from buildrunner.server.domains.qa.types import (
    EvidenceDetail,
    EvidenceView,
    QuarantineView,
    SignOffView,
)
from buildrunner.server.domains.tenancy.facade import ProjectAccess

_SLIM = (
    "address",
    "plan_project",
    "microstep_id",
    "criterion_index",
    "criterion_digest",
    "check_id",
    "check_digest",
    "paths",
    "subject_digest",
    "outcome",
    "reason",
    "exit_code",
    "runner_class",
    "believed",
    "key_id",
    "moment",
)
# Rows read for the bars of one page.
_MOST_HISTORY = 5_000
_SAME = (
    "microstep_id",
    "criterion_digest",
    "check_digest",
    "paths",
    "runner_class",
    "believed",
    "plan_project",
)


class Stored(dict[str, Any]):
    """A record whose address, and whose signature, were checked when it came in."""

    __slots__ = ("address", "doubt")

    def __init__(self, record: dict[str, Any], address: str, doubt: str = "") -> None:
        super().__init__(record)
        self.address = address
        self.doubt = doubt


def doubt(record: Any) -> Finding | None:
    """`evidence.record.verify` for records of this store."""
    return Finding("not_believed", record.doubt) if record.doubt else None


def records_of(access: ProjectAccess, names: Collection[str] | None = None) -> list[Stored]:
    """The newest record of every criterion, check and runner class, and all standing sign-offs;
    only of the microsteps with these (former) ids, if given."""
    mine: dict[str, Any] = {"org_id": access.org_id, "project_id": access.project_id}
    if names is not None:
        mine |= {"microstep_id__in": list(names)}
    keys = audit.known_keys(access.org_id, revoked=True)
    revoked = {key.key_id for key in keys if key.revoked_at is not None}
    rows = (
        EvidenceRecord.objects.filter(**mine)
        # Of equal moments what failed, as `evidence.weighing` ranks them.
        .order_by(*_SAME, "-moment", "outcome", "address")
        .distinct(*_SAME)
        .values_list(*_SLIM)
    )
    found = [_slim(row, revoked) for row in rows]
    for address, record in SignOff.objects.filter(**mine, revoked_at__isnull=True).values_list(
        "address", "record"
    ):
        found.append(Stored(json.loads(record), address))
    return found


def _slim(row: Sequence[Any], revoked: Collection[str]) -> Stored:
    one = dict(zip(_SLIM, row, strict=True))
    wrong = f"its key {one['key_id']} was revoked" if one["key_id"] in revoked else ""
    record = {
        "type": EVIDENCE,
        "project": one["plan_project"],
        "microstep": one["microstep_id"],
        "criterion": {"index": one["criterion_index"], "digest": one["criterion_digest"]},
        "check": {"id": one["check_id"], "digest": one["check_digest"]},
        "subject": {"paths": json.loads(one["paths"]), "digest": one["subject_digest"]},
        "outcome": one["outcome"],
        "reason": one["reason"],
        "exit": one["exit_code"],
        "started_at": one["moment"] + "Z",
        # What says `ci` and was sent from a person's machine is what it is: local.
        "runner": {"class": one["runner_class"] if one["believed"] else "local"},
        "signature": {"key": one["key_id"], "value": one["address"]},
    }
    return Stored(record, one["address"], wrong)


def quarantines(access: ProjectAccess) -> list[QuarantineView]:
    """Those in force now, the ones that end first in front."""
    rows = Quarantine.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        lifted_at__isnull=True,
        until__gt=timezone.now(),
    ).order_by("until", "id")
    return [quarantine_view(row) for row in rows]


def flaky_digests(access: ProjectAccess, digests: Iterable[str] | None = None) -> set[str]:
    """The checks that ended differently on one tree and one content."""
    return {check for _, check in flaky_pairs(access, digests)}


def flaky_pairs(
    access: ProjectAccess, digests: Iterable[str] | None = None
) -> set[tuple[str, str]]:
    """The same as (criterion digest, check digest): where they were seen to."""
    rows = EvidenceRecord.objects.filter(
        org_id=access.org_id, project_id=access.project_id, tree__isnull=False
    )
    if digests is not None:
        rows = rows.filter(check_digest__in=list(digests))
    passed = Count("id", filter=Q(outcome="passed"))
    other = Count("id", filter=~Q(outcome="passed"))
    found = (
        rows.values("check_digest", "criterion_digest", "tree", "subject_digest")
        .annotate(passed=passed, other=other)
        .filter(passed__gt=0, other__gt=0)
        .values_list("criterion_digest", "check_digest")
    )
    return set(found)


def histories(
    access: ProjectAccess, names: Collection[str], *, most: int = 20
) -> dict[tuple[str, str, str], list[str]]:
    """The newest outcomes of each (microstep, criterion digest, check digest), the oldest first."""
    rows = (
        EvidenceRecord.objects.filter(
            org_id=access.org_id, project_id=access.project_id, microstep_id__in=list(names)
        )
        .order_by("-moment")
        .values_list("microstep_id", "criterion_digest", "check_digest", "outcome")
    )
    found: dict[tuple[str, str, str], list[str]] = {}
    for microstep_id, criterion, check, outcome in rows[:_MOST_HISTORY]:
        outcomes = found.setdefault((microstep_id, criterion, check), [])
        if len(outcomes) < most:
            outcomes.insert(0, outcome)
    return found


def list_evidence(
    access: ProjectAccess,
    *,
    microstep_id: str | None = None,
    state: str | None = None,
    check_digest: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[EvidenceView]:
    """What was uploaded, newest first; `state` is an outcome."""
    access.require("plan.read")
    rows = EvidenceRecord.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if microstep_id is not None:
        rows = rows.filter(microstep_id=microstep_id)
    if state is not None:
        rows = rows.filter(outcome=state)
    if check_digest is not None:
        rows = rows.filter(check_digest=check_digest)
    if before is not None:
        rows = rows.filter(id__lt=before)
    anchored = _anchored(access)
    return [_view(row, anchored) for row in rows.order_by("-id").defer("record")[:limit]]


def named_microsteps(access: ProjectAccess) -> set[str]:
    """Every id that evidence was brought for."""
    access.require("plan.read")
    rows = EvidenceRecord.objects.filter(org_id=access.org_id, project_id=access.project_id)
    return set(rows.values_list("microstep_id", flat=True).distinct())


def read_evidence(access: ProjectAccess, address: str) -> EvidenceDetail:
    """A record, or a sign-off, by its address; raises EvidenceAbsent."""
    access.require("plan.read")
    row = EvidenceRecord.objects.filter(
        org_id=access.org_id, project_id=access.project_id, address=address
    ).first()
    if row is None:
        raise EvidenceAbsent(address)
    return EvidenceDetail(_view(row, _anchored(access)), json.loads(row.record))


def sign_offs(
    access: ProjectAccess,
    *,
    microstep_id: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[SignOffView]:
    """Sign-offs, revoked ones too, newest first."""
    access.require("plan.read")
    rows = SignOff.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if microstep_id is not None:
        rows = rows.filter(microstep_id=microstep_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [sign_off_view(row) for row in rows.order_by("-id")[:limit]]


def sign_off_view(row: SignOff) -> SignOffView:
    """A sign-off as others see it."""
    record = json.loads(row.record)
    return SignOffView(
        id=row.id,
        address=row.address,
        microstep_id=row.microstep_id,
        criterion=row.criterion_index,
        text=record["criterion"]["text"],
        by=record["by"],
        note=record["note"],
        self_attested=row.self_attested,
        at=row.created_at,
        revoked_at=row.revoked_at,
        person_id=row.person_id,
        record=record,
    )


def quarantine_view(row: Quarantine) -> QuarantineView:
    """A quarantine as others see it."""
    return QuarantineView(
        id=row.id,
        check_id=row.check_id,
        check_digest=row.check_digest,
        reason=row.reason,
        until=row.until,
        by={name: row.actor.get(name) for name in ("id", "name", "kind")},
        created_at=row.created_at,
    )


def runner_keys(access: ProjectAccess) -> set[str]:
    """The ids of the keys of runners that the organization vouches for."""
    return {key.key_id for key in audit.known_keys(access.org_id) if key.purpose == "runner"}


def _anchored(access: ProjectAccess) -> set[str]:
    """The ids of the keys that the organization vouches for."""
    return {key.key_id for key in audit.known_keys(access.org_id)}


def _view(row: EvidenceRecord, anchored: Collection[str]) -> EvidenceView:
    return EvidenceView(
        id=row.id,
        address=row.address,
        microstep_id=row.microstep_id,
        criterion_index=row.criterion_index,
        criterion_digest=row.criterion_digest,
        check_id=row.check_id,
        check_digest=row.check_digest,
        outcome=row.outcome,
        reason=row.reason,
        runner_class=row.runner_class,
        believed=row.believed,
        key_id=row.key_id,
        anchored=row.key_id in anchored,
        commit=row.commit,
        tree=row.tree,
        subject_digest=row.subject_digest,
        run_group=row.run_group,
        started_at=row.moment + "Z",
        received_at=row.created_at,
        uploaded_by={
            name: row.uploaded_by.get(name)
            for name in ("id", "name", "kind", "label")
            if name in row.uploaded_by
        },
    )
