"""Take somebody's personal data out of an organization's ledger (crypto-shredding), for good."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.actions.append import lock
from buildrunner.server.domains.audit.actions.signing_keys import PERMISSION
from buildrunner.server.domains.audit.models import Erasure, LedgerRecord
from buildrunner.server.domains.audit.queries.privacy import erasure_view
from buildrunner.server.domains.audit.rules.personal import person_of_address
from buildrunner.server.domains.audit.types import ErasureView
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.facade import (
    Organization,
    names_of_members,
    organization_scope,
)
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.emit import emit


def erase_person(
    actor: Actor, org_id: UUID, person_id: UUID, *, confirm: str | None = None
) -> ErasureView:
    """Delete the keys under which the ledger keeps what tells of a person, and take the name and
    addresses out of the organization's events, log of deliveries and invitations.

    In person, with `audit.manage`. `confirm`, where given, must be the person's name or id. The
    chain verifies as before. Erased once more, what came after it goes too. Raises `NotFound` for
    somebody of whom nothing is known here.
    """
    with organization_scope(actor, org_id, PERMISSION):
        if actor.kind != "person":
            raise Forbidden(
                f"People are erased in person: open /orgs/{org_id}/ledger.", code="in_person_only"
            )
        with connection.cursor() as cursor:
            lock(org_id, cursor)
        name, addresses = _known(person_id)
        if not name and not _has_acted(org_id, person_id):
            raise NotFound("Nothing of this person is known here.", code="person_not_found")
        expected = {str(person_id), name.casefold()} - {""}
        if confirm is not None and confirm.strip().casefold() not in expected:
            raise Invalid(
                "This is not the name of the person who is to be erased.",
                code="confirmation",
                field="confirm",
            )
        people = [str(person_id), *sorted(map(person_of_address, addresses))]
        by = {key: value for key, value in actor.record().items() if key not in {"name", "label"}}
        row, _ = Erasure.objects.get_or_create(
            org_id=org_id, person_id=person_id, defaults={"people": people, "erased_by": by}
        )
        emit(
            events.PERSON_ERASED,
            actor=actor,
            org_id=org_id,
            subject=str(person_id),
            data={"person": str(person_id)},
        )
        _erase({*people, *row.people}, name)
        return erasure_view(row)


def erase_leaver(actor: Actor, org_id: UUID) -> None:
    """The same for somebody who deletes their own account, and has left the organization."""
    person_id = actor.person_id
    if actor.kind != "person" or person_id is None:
        raise Forbidden("People erase themselves in person.", code="in_person_only")
    with tenant_scope(org_id):
        with connection.cursor() as cursor:
            lock(org_id, cursor)
        name, addresses = _known(person_id)
        people = [str(person_id), *sorted(map(person_of_address, addresses))]
        by = {key: value for key, value in actor.record().items() if key not in {"name", "label"}}
        row, _ = Erasure.objects.get_or_create(
            org_id=org_id, person_id=person_id, defaults={"people": people, "erased_by": by}
        )
        emit(
            events.PERSON_ERASED,
            actor=SYSTEM,
            org_id=org_id,
            subject=str(person_id),
            data={"person": str(person_id)},
        )
        _erase({*people, *row.people}, name)


def reapply_erasures(known: Iterable[tuple[UUID, UUID, list[str], dict[str, str]]]) -> int:
    """After a restore: erase again whoever had been erased, here or in the database that was
    replaced (`known`: organization, person, names in the ledger, by whom); how many.

    Of organizations that the backup does not know there is nothing to erase.
    """
    count = 0
    for org_id, person_id, people, by in known:
        with tenant_scope(org_id):
            if not Organization.objects.filter(id=org_id).exists():
                continue
            Erasure.objects.get_or_create(
                org_id=org_id, person_id=person_id, defaults={"people": people, "erased_by": by}
            )
            emit(
                events.PERSON_ERASED,
                actor=SYSTEM,
                org_id=org_id,
                subject=str(person_id),
                data={"person": str(person_id)},
            )
            name, addresses = _known(person_id)
            _erase({*people, *map(person_of_address, addresses)}, name)
            count += 1
    return count


def _erase(people: set[str], name: str) -> None:
    """The function checks the scope; `name` is looked for as a word of its own."""
    pattern = rf"\m{re.escape(name)}\M" if len(name) > 1 else ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s)", [sorted(people), pattern])


def _known(person_id: UUID) -> tuple[str, frozenset[str]]:
    """Name and addresses; empty where the account is gone."""
    person = identity.people([person_id]).get(person_id)
    if person is None:
        found = names_of_members([person_id]).get(person_id)
        return (found[0] if found else ""), frozenset()
    return person.name, identity.verified_addresses(person_id) | {person.email}


def _has_acted(org_id: UUID, person_id: UUID) -> bool:
    return LedgerRecord.objects.filter(org_id=org_id, actor_id=str(person_id)).exists()
