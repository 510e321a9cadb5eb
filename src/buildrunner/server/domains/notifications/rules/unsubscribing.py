"""The link at the end of a mail: whom it concerns and of what, signed so that nobody makes one."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from django.core.signing import BadSignature, Signer

_SALT: Final = "buildrunner.unsubscribe"
EVERYTHING: Final = "*"


class Asked(NamedTuple):
    """Who would get no more mails of what: a kind, or `*`."""

    person_id: UUID
    kind: str


def token_for(person_id: UUID, kind: str) -> str:
    """It never ends: a mail is found again years later, and its link should still work."""
    return Signer(salt=_SALT).sign(f"{person_id.hex}.{kind}").replace(":", "~")


def read_token(token: str) -> Asked | None:
    """What a link says; `None` for one that is not ours."""
    try:
        plain = Signer(salt=_SALT).unsign(token.replace("~", ":"))
        person, _, kind = plain.partition(".")
        return Asked(UUID(hex=person), kind)
    except (BadSignature, ValueError):
        return None
