"""Django's session engine over `BrowserSession`: a copy of the table opens no account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from buildrunner.server.domains.identity.models import BrowserSession
from buildrunner.server.domains.identity.rules import session_digest
from buildrunner.server.platform.events.revocations import announce_revocation

# Where the browser's name lies in a session; `platform.http.browser.sign_in` puts it there.
USER_AGENT = "user_agent"


class SessionStore(SessionBase):
    """Sessions in the database, found by the hash of their key."""

    def load(self) -> dict[str, Any]:
        """The stored values; a key that is unknown or expired is forgotten."""
        row = (
            BrowserSession.objects.filter(
                session_key=session_digest(self.session_key or ""), expire_date__gt=timezone.now()
            )
            .only("session_data")
            .first()
        )
        if row is None:
            self._session_key = None
            return {}
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
        values = {
            "session_data": self.encode(data),
            "expire_date": self.get_expiry_date(),
            "person_id": data.get(SESSION_KEY),
            "user_agent": str(data.get(USER_AGENT, ""))[:200],
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

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody can use any more."""
        BrowserSession.objects.filter(expire_date__lt=timezone.now()).delete()
