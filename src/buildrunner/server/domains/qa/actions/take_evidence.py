"""Keep what checks found, as it was signed where they ran."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.evidence.errors import EvidenceError
from buildrunner.evidence.record import MAX_BYTES, SIGNOFF, moment, to_bytes, verify
from buildrunner.evidence.signoffs import UNATTENDED
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import events
from buildrunner.server.domains.qa.models import EvidenceRecord, SignOff
from buildrunner.server.domains.qa.policies import believes_ci
from buildrunner.server.domains.qa.queries.records import flaky_digests, runner_keys
from buildrunner.server.domains.qa.rules.receipt import sha256_hex, storable
from buildrunner.server.domains.qa.types import Record, Taken
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope, take_storage
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

MOST = 100
LONGEST_RUN = 200
# Clocks differ; a record from further ahead would stay the newest for good.
_AHEAD = timedelta(minutes=5)


def take_evidence(
    actor: Actor, project_id: UUID, *, records: Sequence[Any], run_group: str = ""
) -> Taken:
    """Store signed records; those known already are known by their address.

    `rejected` are those that are malformed, too large, altered after they were signed, of another
    project, or from the future: the others are kept all the same. A record that fits no criterion
    or check of the plan is kept and proves nothing. Raises PlanAbsent, Invalid.
    """
    if not 0 < len(records) <= MOST:
        raise Invalid(f"send 1 to {MOST} records, not {len(records):,}", field="records")
    group = one_line(run_group, "run", LONGEST_RUN) if run_group.strip() else ""
    with project_scope(actor, project_id, "evidence.write") as access:
        plan_project = plans.read_plan(access).plan().get("projectId")
        rejected = []
        texts: dict[str, tuple[Record, bytes]] = {}
        for position, record in enumerate(records):
            problem, text = _examined(record, plan_project)
            address = sha256_hex(text) if text else None
            if problem is not None:
                rejected.append({"index": position, "address": address, **problem})
            elif address is not None:
                texts[address] = (record, text)
        stored = _store(actor, access, texts, group)
        return Taken(list(texts), stored, len(texts) - stored, rejected)


def _examined(record: Any, plan_project: Any) -> tuple[dict[str, str] | None, bytes]:
    """What is wrong with a record, and its bytes where it has any."""
    try:
        text = to_bytes(record)
    except EvidenceError as error:
        return error.finding().as_dict(), b""
    wrong = verify(record)
    if wrong is not None:
        return wrong.as_dict(), text
    found = _refused(record, text, plan_project)
    return ({"code": found[0], "message": found[1], "hint": found[2]} if found else None), text


def _refused(record: Record, text: bytes, plan_project: Any) -> tuple[str, str, str] | None:
    if len(text) > MAX_BYTES:
        return "too_large", f"{len(text):,} bytes; a record has at most {MAX_BYTES:,}", ""
    if not storable(record):
        return "not_storable", "a text holds a NUL character or half a surrogate pair", ""
    if record["project"] != plan_project:
        said, wanted = record["project"] or "none", plan_project or "none"
        return (
            "other_project",
            f"it was made for project {said!r}; this plan's projectId is {wanted!r}",
            "run the check in this project",
        )
    said = datetime.strptime(moment(record)[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    if said > timezone.now() + _AHEAD:
        return (
            "from_the_future",
            f"it says it was made at {said:%Y-%m-%d %H:%M} UTC",
            "set the clock",
        )
    if record["type"] == SIGNOFF and not record["self_attested"]:
        return (
            "signed_elsewhere",
            "sign-offs of a team are made on the Tests page, not uploaded",
            "open the Tests page of the project",
        )
    role = record["by"]["role"] if record["type"] == SIGNOFF else ""
    if role.lower() in UNATTENDED:
        return "signed_elsewhere", f"{role} is no person", ""
    return None


def _store(
    actor: Actor, access: ProjectAccess, texts: dict[str, tuple[Record, bytes]], group: str
) -> int:
    mine = {"org_id": access.org_id, "project_id": access.project_id}
    rows: list[EvidenceRecord] = []
    attested: list[SignOff] = []
    runners = runner_keys(access)
    for address, (record, text) in texts.items():
        if record["type"] == SIGNOFF:
            attested.append(_attested(actor, address, record, text, mine))
        else:
            ci = believes_ci(actor, record["signature"]["key"], runners)
            more = {**mine, "run_group": group}
            rows.append(_row(actor, address, record, text, more, ci=ci))
    before = flaky_digests(access, {row.check_digest for row in rows}) if rows else set()
    EvidenceRecord.objects.bulk_create(rows, ignore_conflicts=True)
    SignOff.objects.bulk_create(attested, ignore_conflicts=True)
    # Whoever was first with an address has written it: what stands under our own ids is new.
    ids = set(
        EvidenceRecord.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True)
    )
    new = [row for row in rows if row.id in ids]
    signed = SignOff.objects.filter(id__in=[row.id for row in attested]).count()
    if new or signed:
        _tell(actor, access, new, signed, group)
    _tell_flaky(actor, access, new, before)
    if new or signed:
        take_storage(access.org_id, sum(len(text) for _, text in texts.values()))
    return len(new) + signed


def _row(
    actor: Actor, address: str, record: Record, text: bytes, more: dict[str, Any], *, ci: bool
) -> EvidenceRecord:
    criterion, check = record["criterion"], record["check"]
    said = record["runner"]["class"]
    return EvidenceRecord(
        **more,
        address=address,
        plan_project=record["project"],
        microstep_id=record["microstep"],
        criterion_index=criterion["index"],
        criterion_digest=criterion["digest"],
        check_id=check["id"],
        check_digest=check["digest"],
        paths=json.dumps(record["subject"]["paths"]),
        subject_digest=record["subject"]["digest"],
        commit=record["commit"],
        tree=record["tree"],
        outcome=record["outcome"],
        reason=record["reason"],
        exit_code=record["exit"],
        runner_class=said,
        believed=said != "ci" or ci,
        key_id=record["signature"]["key"],
        moment=moment(record),
        record=text.decode(),
        uploaded_by=actor.record(),
        person_id=actor.person_id,
    )


def _attested(
    actor: Actor, address: str, record: Record, text: bytes, mine: dict[str, Any]
) -> SignOff:
    return SignOff(
        **mine,
        address=address,
        microstep_id=record["microstep"],
        criterion_index=record["criterion"]["index"],
        criterion_digest=record["criterion"]["digest"],
        self_attested=True,
        record=text.decode(),
        actor=actor.record(),
    )


def _tell(
    actor: Actor, access: ProjectAccess, new: list[EvidenceRecord], signed: int, group: str
) -> None:
    microsteps = list(dict.fromkeys(row.microstep_id for row in new))
    emit(
        events.RECEIVED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=microsteps[0] if len(microsteps) == 1 else "",
        data={
            "records": len(new) + signed,
            "microsteps": microsteps[: events.MOST_NAMED],
            "outcomes": dict(Counter(row.outcome for row in new)),
            "classes": dict(Counter(row.runner_class for row in new)),
            "attested": signed,
            "run": group,
        },
    )


def _tell_flaky(
    actor: Actor, access: ProjectAccess, new: list[EvidenceRecord], before: set[str]
) -> None:
    if not new:
        return
    now = flaky_digests(access, {row.check_digest for row in new})
    for digest in sorted(now - before):
        mine = [row for row in new if row.check_digest == digest]
        emit(
            events.FOUND_FLAKY,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=digest,
            data={
                "check": mine[0].check_id,
                "microsteps": list(dict.fromkeys(row.microstep_id for row in mine)),
            },
        )
