"""Pure decisions about people's ways in."""

from __future__ import annotations

import hashlib


def session_digest(session_key: str) -> str:
    """The name of a session that may be stored, listed and announced: SHA-256 in hex."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def normal_email(email: str) -> str:
    """The form in which an address is stored and compared.

    Mailboxes may in theory differ by letter case (RFC 5321, 2.4); no provider of note does that,
    and two accounts that look alike help only an impostor.
    """
    return email.strip().lower()
