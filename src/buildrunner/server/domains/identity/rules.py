"""Pure decisions about people's ways in."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final


def session_digest(session_key: str) -> str:
    """The name of a session that may be stored, listed and announced: SHA-256 in hex."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def normal_email(email: str) -> str:
    """The form in which an address is stored and compared.

    Mailboxes may in theory differ by letter case (RFC 5321, 2.4); no provider of note does that,
    and two accounts that look alike help only an impostor.
    """
    return email.strip().lower()


# RFC 8628, 6.1: letters only, without vowels (no words) and without look-alikes.
USER_CODE_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_LENGTH: Final = 8


def new_user_code() -> str:
    """Eight letters: 34 bits, enough for codes that live minutes and are guessed slowly."""
    return "".join(secrets.choice(USER_CODE_LETTERS) for _ in range(USER_CODE_LENGTH))


def shown_user_code(code: str) -> str:
    """`BCDFGHJK` as people read it: `BCDF-GHJK`."""
    return f"{code[:4]}-{code[4:]}"


def typed_user_code(text: str) -> str:
    """What somebody typed, without dashes, spaces and case; "" when it cannot be a code."""
    letters = "".join(text.upper().split()).replace("-", "")
    fits = len(letters) == USER_CODE_LENGTH and set(letters) <= set(USER_CODE_LETTERS)
    return letters if fits else ""
