"""Django's session engine over `BrowserSession`: a copy of the table opens no account.

Keys are stored hashed and values sealed: a session holds what is being set up (a new TOTP secret, a
form that waits for the password) as well as who is signed in. A session ends when it was not used
for as long as `policies.sign_in_policy` says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from buildrunner.server.domains.identity.models import BrowserSession
from buildrunner.server.domains.identity.policies import sign_in_policy
from buildrunner.server.domains.identity.rules import second_factor_in, session_digest
from buildrunner.server.domains.identity.types import SESSION
from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.events.revocations import announce_revocation

# Where a browser's name and address lie in a session; `platform.http.browser` puts them there.
USER_AGENT = "user_agent"
ADDRESS = "address"
# allauth's log of the steps by which a session was opened.
STEPS = "account_authentication_methods"
STEPS_OF = "account_authentication_methods_user"

# Nobody is signed in yet: a form is being filled in, a second factor is waited for.
NOBODYS = timedelta(hours=1)
# The clock is written at most this often, so a stricter policy is noticed within it.
GRAIN = timedelta(seconds=60)


class SessionStore(SessionBase):
    """Sessions in the database, found by the hash of their key."""

    _times: tuple[datetime, datetime] | None = None  # last seen, ends

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The stored form."""
        return seal(super().encode(session_dict), SESSION)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """The values of a stored form; none where its master key is gone."""
        try:
            return super().decode(unseal(str(session_data), SESSION))
        except SealBroken:
            return {}

    def load(self) -> dict[str, Any]:
        """The stored values; a key that is unknown or expired is forgotten."""
        row = (
            BrowserSession.objects.filter(
                session_key=session_digest(self.session_key or ""), expire_date__gt=timezone.now()
            )
            .only("session_data", "last_seen_at", "expire_date")
            .first()
        )
        if row is None:
            self._session_key = None
            return {}
        self._times = (row.last_seen_at, row.expire_date)
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        """Whether the key is taken."""
        return BrowserSession.objects.filter(session_key=session_digest(session_key)).exists()

    def create(self) -> None:
        """Start a session under a new key."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the values; a session revoked meanwhile is not brought back."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        person_id = data.get(SESSION_KEY)
        now = timezone.now()
        values = {
            "session_data": self.encode(data),
            "expire_date": now + _lifetime(person_id),
            "last_seen_at": now,
            "person_id": person_id,
            "user_agent": str(data.get(USER_AGENT, ""))[:200],
            "address": str(data.get(ADDRESS, ""))[:45],
        }
        digest = session_digest(self.session_key)
        if not must_create:
            if not BrowserSession.objects.filter(session_key=digest).update(**values):
                raise UpdateError
            return
        try:
            with transaction.atomic():
                BrowserSession.objects.create(session_key=digest, **values)
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session, this one by default."""
        key = session_key or self.session_key
        if key is not None:
            digest = session_digest(key)
            if BrowserSession.objects.filter(session_key=digest).delete()[0]:
                announce_revocation(session=digest)

    def seen(self) -> None:
        """Note that the person is there; a session that was left for too long ends here."""
        person_id = self.get(SESSION_KEY)
        if person_id is None or self._times is None or self.session_key is None:
            return
        last_seen, ends = self._times
        now = timezone.now()
        if now - last_seen < min(GRAIN, (ends - last_seen) / 10):
            return
        lifetime = _lifetime(person_id)
        if now - last_seen > lifetime:
            self.flush()
            return
        self._times = (now, now + lifetime)
        BrowserSession.objects.filter(session_key=session_digest(self.session_key)).update(
            last_seen_at=now, expire_date=now + lifetime
        )

    def second_factor(self) -> bool:
        """Whether whoever is signed in has shown a second factor in this session."""
        person_id = self.get(SESSION_KEY)
        if person_id is None or self.get(STEPS_OF) != str(person_id):
            return False
        return second_factor_in(self.get(STEPS) or [])

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody can use any more."""
        BrowserSession.objects.filter(expire_date__lt=timezone.now()).delete()


def _lifetime(person_id: str | UUID | None) -> timedelta:
    if person_id is None:
        return NOBODYS
    return timedelta(seconds=sign_in_policy(UUID(str(person_id))).session_seconds)
