"""Vouch in person for a criterion, or take that back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.evidence.checks import criteria_of
from buildrunner.evidence.record import (
    SIGNOFF,
    address,
    criterion_member,
    sign,
    to_bytes,
)
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import events
from buildrunner.server.domains.qa.actions.signing_key import signing_key
from buildrunner.server.domains.qa.errors import AuthorAlone, CriterionChanged, SignOffAbsent
from buildrunner.server.domains.qa.models import EvidenceRecord, SignOff
from buildrunner.server.domains.qa.policies import in_person, signing_role
from buildrunner.server.domains.qa.queries.authors import authorship, others_who_may_sign
from buildrunner.server.domains.qa.queries.records import sign_off_view
from buildrunner.server.domains.qa.types import SignOffView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.document import Entity
from buildrunner.spec.ids import aliases, own_names, resolve

LONGEST_NOTE = 2_000


def sign_off(
    actor: Actor,
    project_id: UUID,
    *,
    microstep_id: str,
    criterion: int | None = None,
    note: str = "",
    seen: str | None = None,
) -> SignOffView:
    """Sign that a criterion holds; `criterion` counts from 0, None stands for a microstep without
    any. `seen` is the digest of the text before the signer's eyes.

    Only a person in a browser signs, in the role PM, TechLead or QA, and never the author alone:
    raises InPersonOnly, Forbidden, AuthorAlone. Raises EntityAbsent, Invalid, CriterionChanged.
    Signing twice changes nothing.
    """
    note = _note(note)
    with project_scope(actor, project_id, "plan.read") as access:
        in_person(actor, access, "Signing off")
        access.require("evidence.sign_off")
        stored = plans.read_plan(access)
        plan = stored.plan()
        entity = resolve(plan, microstep_id)
        if entity is None or entity.kind != "microstep":
            raise plans.EntityAbsent(microstep_id, "microstep")
        text = _text_of(entity, criterion)
        member = criterion_member(criterion, text)
        if seen not in (None, member["digest"]):
            raise CriterionChanged(entity.id, criterion, text)
        mine = {
            "org_id": access.org_id,
            "project_id": access.project_id,
            "criterion_digest": member["digest"],
            "revoked_at": None,
        }
        standing = SignOff.objects.filter(**mine, microstep_id__in=own_names(plan, entity))
        known = standing.filter(person_id=actor.person_id).first()
        if known is not None:
            return sign_off_view(known)
        # Whoever worked under a former id is an author, whoever has that id today.
        names = [entity.id, *aliases(entity.value)]
        _check_author(actor, access, entity.id, names, standing.exclude(person_id=None))
        latest = _latest_run(access, entity.id, member["digest"])
        record = sign(
            {
                "type": SIGNOFF,
                "project": plan.get("projectId"),
                "microstep": entity.id,
                "criterion": member,
                "subject": _subject(latest),
                "commit": latest.commit if latest is not None else None,
                "by": {
                    "id": str(actor.person_id),
                    "name": actor.name,
                    "role": signing_role(access),
                },
                "self_attested": False,
                "note": note,
                "at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            },
            signing_key(access.org_id),
        )
        row = SignOff.objects.create(
            org_id=access.org_id,
            project_id=access.project_id,
            address=address(record),
            microstep_id=entity.id,
            criterion_index=criterion,
            criterion_digest=member["digest"],
            record=to_bytes(record).decode(),
            actor=actor.record(),
            person_id=actor.person_id,
        )
        emit(
            events.SIGNED_OFF,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=entity.id,
            data={
                "criterion": criterion,
                "digest": member["digest"],
                "role": record["by"]["role"],
                "address": row.address,
            },
        )
        return sign_off_view(row)


def revoke_sign_off(actor: Actor, project_id: UUID, *, sign_off_id: UUID) -> None:
    """Take a sign-off back: one's own, or with `project.manage` another's; in person.

    What it proved is not proven any more. An author's word that stood beside it alone goes with
    it. Raises SignOffAbsent.
    """
    with project_scope(actor, project_id, "plan.read") as access:
        in_person(actor, access, "Revoking a sign-off")
        row = (
            SignOff.objects.select_for_update()
            .filter(
                org_id=access.org_id,
                project_id=access.project_id,
                id=sign_off_id,
                revoked_at__isnull=True,
            )
            .first()
        )
        if row is None:
            raise SignOffAbsent(f"no sign-off {sign_off_id} stands here")
        if row.person_id != actor.person_id:
            access.require("project.manage")
        for each in (row, *_left_alone(access, row)):
            _revoke(actor, access, each)


def _revoke(actor: Actor, access: ProjectAccess, row: SignOff) -> None:
    row.revoked_at = timezone.now()
    row.revoked_by = actor.record()
    row.save(update_fields=["revoked_at", "revoked_by"])
    emit(
        events.REVOKED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=row.microstep_id,
        data={
            "criterion": row.criterion_index,
            "digest": row.criterion_digest,
            "address": row.address,
        },
    )


def _left_alone(access: ProjectAccess, row: SignOff) -> list[SignOff]:
    """The authors' own words that stood beside the one that goes, and beside no other."""
    entity = resolve(plans.read_plan(access).plan(), row.microstep_id)
    names = {row.microstep_id, *((entity.id, *aliases(entity.value)) if entity else ())}
    left = list(
        SignOff.objects.select_for_update()
        .filter(
            org_id=access.org_id,
            project_id=access.project_id,
            microstep_id__in=names,
            criterion_digest=row.criterion_digest,
            revoked_at__isnull=True,
            person_id__isnull=False,
        )
        .exclude(id=row.id)
    )
    authors = authorship(access, sorted(names), finishing=False) if left else {}
    return left if all(each.person_id in authors for each in left) else []


def _note(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE:,} characters", field="note")
    return note


def _text_of(entity: Entity, criterion: int | None) -> str:
    texts = criteria_of(entity)
    if criterion is None:
        if texts:
            raise Invalid(
                f"{entity.id} has {len(texts)} criteria; say which one, from 0", field="criterion"
            )
        title = entity.value.get("title")
        return title if isinstance(title, str) else ""
    if not 0 <= criterion < len(texts):
        raise Invalid(f"{entity.id} has no criterion {criterion}", field="criterion")
    return texts[criterion]


def _check_author(
    actor: Actor, access: ProjectAccess, microstep_id: str, names: list[str], others: Any
) -> None:
    if actor.person_id is None:
        raise Forbidden("nobody signs")
    authors = authorship(access, names)
    if actor.person_id not in authors:
        return
    # Beside the word of somebody who is no author, the author's own may stand.
    if others.exclude(person_id__in=list(authors)).exists():
        return
    raise AuthorAlone(
        microstep_id, authors[actor.person_id], others_who_may_sign(access, list(authors))
    )


def _latest_run(
    access: ProjectAccess, microstep_id: str, criterion_digest: str
) -> EvidenceRecord | None:
    """What the signer could see of the work: the newest run of a check for the criterion."""
    return (
        EvidenceRecord.objects.filter(
            org_id=access.org_id,
            project_id=access.project_id,
            microstep_id=microstep_id,
            criterion_digest=criterion_digest,
        )
        .order_by("-moment")
        .defer("record")
        .first()
    )


def _subject(latest: EvidenceRecord | None) -> dict[str, Any] | None:
    """The content the signature is bound to: that of a check with paths. Without paths it would be
    the whole tree, and the next edit anywhere would undo the signature."""
    if latest is None:
        return None
    paths = json.loads(latest.paths)
    return {"paths": paths, "digest": latest.subject_digest} if paths else None
