"""A person's account goes, and with it what is personal about them, everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db import transaction

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.actions.revoke_sessions import revoke_all_sessions
from buildrunner.server.domains.identity.errors import NameDiffers, SoleOwner
from buildrunner.server.domains.identity.models import (
    DeviceGrant,
    OutboxMessage,
    Person,
    SignInLink,
)
from buildrunner.server.domains.identity.policies import (
    in_person_only,
    leave_everything,
    sole_ownerships,
)
from buildrunner.server.platform.actor import Actor

NAMELESS: Final = "Deleted account"


@transaction.atomic
def delete_account(actor: Actor, *, email: str) -> None:
    """Delete the actor's own account; `email`, typed once more, confirms it. For good.

    In person: the caller has just asked for a password, a code or a passkey once more. The person
    leaves every organization, whose ledgers forget what is personal (crypto-shredding): their
    chains verify as before. What remains is an id that leads to nobody.

    Raises Forbidden (`in_person_only`), NameDiffers, and SoleOwner while an organization would be
    left without an owner.
    """
    person_id = in_person_only(actor)
    person = Person.objects.select_for_update().get(id=person_id, is_active=True)
    if email.strip().casefold() != person.email.casefold():
        raise NameDiffers(person.email)
    alone = sole_ownerships(person_id)
    if alone:
        raise SoleOwner({one.org_id: one.name for one in alone})
    leave_everything(actor)
    _forget_ways_in(person)
    person.email = f"deleted-{person_id}@deleted.invalid"
    person.name = NAMELESS
    person.is_active = person.is_staff = False
    person.set_unusable_password()
    person.save()
    nameless = replace(actor, name=NAMELESS)
    revoke_all_sessions(person_id, actor=nameless)
    events.record(events.ACCOUNT_DELETED, person_id, actor=nameless)


def _forget_ways_in(person: Person) -> None:
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    addresses = {person.email, *_addresses(person.id)}
    EmailAddress.objects.filter(user_id=person.id).delete()
    Authenticator.objects.filter(user_id=person.id).delete()
    SignInLink.objects.filter(person=person).delete()
    DeviceGrant.objects.filter(person=person).delete()
    OutboxMessage.objects.filter(recipient__in=addresses).delete()


def _addresses(person_id: UUID) -> list[str]:
    from allauth.account.models import EmailAddress

    return list(EmailAddress.objects.filter(user_id=person_id).values_list("email", flat=True))
