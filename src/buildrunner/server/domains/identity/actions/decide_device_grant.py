"""A signed-in person says yes or no to a waiting terminal."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.actions.slow_down import slow_down
from buildrunner.server.domains.identity.errors import DeviceCodeUnknown
from buildrunner.server.domains.identity.models import DeviceGrant
from buildrunner.server.domains.identity.policies import sign_in_policy
from buildrunner.server.domains.identity.rules import shown_user_code, typed_user_code
from buildrunner.server.domains.identity.types import DeviceWish
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden

GUESSES = 20
WINDOW = timedelta(minutes=10)


def find_device_grant(actor: Actor, user_code: str) -> DeviceWish:
    """The terminal that waits under a code, as typed by a person.

    Raises `DeviceCodeUnknown`, `Forbidden` to keys (a key must not beget keys this way) and
    `TooManyRequests` to whoever guesses.
    """
    person_id = _signed_in(actor)
    grant = DeviceGrant.objects.filter(**_waiting(user_code)).first()
    if grant is None:
        slow_down("user code", str(person_id), limit=GUESSES, window=WINDOW)
        raise _unknown()
    return DeviceWish(shown_user_code(grant.user_code), grant.client_name, grant.expires_at)


def decide_device_grant(actor: Actor, user_code: str, *, approve: bool) -> DeviceWish:
    """Let the terminal act as the person, or turn it away; the first answer counts.

    Where an organization demands a second factor, only a session opened with one says yes: the
    terminal's key will enter there.
    """
    person_id = _signed_in(actor)
    if approve and not actor.second_factor and sign_in_policy(person_id).second_factor:
        raise Forbidden(
            "An organization of yours demands a second factor. Set one up at `/account/security`, "
            "or sign in again with the one you have; then let the terminal in.",
            code="second_factor_required",
            setup_url="/account/security",
        )
    wish = find_device_grant(actor, user_code)
    state = DeviceGrant.State.APPROVED if approve else DeviceGrant.State.DENIED
    with transaction.atomic():
        decided = DeviceGrant.objects.filter(**_waiting(user_code)).update(
            state=state, person_id=person_id
        )
        if not decided:
            raise _unknown()
        events.record(
            events.DEVICE_DECIDED,
            person_id,
            actor=actor,
            data={"client": wish.client_name, "approved": approve},
        )
    return wish


def _signed_in(actor: Actor) -> UUID:
    if actor.kind != "person" or actor.person_id is None:
        raise Forbidden("Only a person at a browser can let a device in.", code="person_required")
    return actor.person_id


def _waiting(user_code: str) -> dict[str, object]:
    return {
        "user_code": typed_user_code(user_code),
        "state": DeviceGrant.State.PENDING,
        "expires_at__gt": timezone.now(),
    }


def _unknown() -> DeviceCodeUnknown:
    return DeviceCodeUnknown(
        "The code is mistyped, was answered already, or has expired. Run `br login` again for a "
        "new one."
    )
