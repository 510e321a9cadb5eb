"""A terminal that was let in gets its key (RFC 8628, 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.db import transaction

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.actions.create_api_key import create_api_key
from buildrunner.server.domains.tenancy.queries.actors import actor_for_person
from buildrunner.server.domains.tenancy.types import DeviceKey


@transaction.atomic
def exchange_device_code(
    device_code: str, *, scopes: Sequence[str] = ("*",)
) -> DeviceKey | identity.DevicePoll:
    """A personal key named after the client, once; else where the wish stands.

    The key ends when it was not used for `BR_DEVICE_KEY_DAYS`; each use renews it.
    """
    poll = identity.poll_device_grant(device_code)
    person = identity.get_person(poll.person_id) if poll.person_id else None
    if poll.state != "approved" or person is None:
        return poll
    _, secret = create_api_key(
        # Whoever said yes was asked for a second factor there, where one is demanded.
        replace(actor_for_person(person), second_factor=True),
        name=poll.client_name,
        scopes=scopes,
        idle_days=settings.BR_DEVICE_KEY_DAYS or None,
    )
    return DeviceKey(
        api_key=secret, person_id=person.id, person_email=person.email, person_name=person.name
    )
