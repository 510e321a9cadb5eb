"""Pure decisions about people's ways in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, Protocol
from uuid import UUID

from buildrunner.server.domains.identity.types import Letter
from buildrunner.server.platform.actor import Actor


class Somebody(Protocol):
    """As much of a person as an actor needs."""

    id: UUID
    name: str
    email: str


def acting(person: Somebody, *, second_factor: bool = False, secure: bool = True) -> Actor:
    """Somebody at a browser, acting for themselves."""
    return Actor(
        kind="person",
        name=person.name or person.email,
        person_id=person.id,
        second_factor=second_factor,
        secure=secure,
    )


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


def second_factor_in(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of a session's steps (allauth's records) was a code, a passkey or a recovery
    code. A passkey alone counts: it is asked to verify the person, so it is two factors in one.
    """
    return any(step.get("method") == "mfa" for step in records)


def letter_text(letter: Letter) -> str:
    """A mail as plain text."""
    parts = list(letter.paragraphs)
    if letter.action:
        words, address = letter.action
        parts.insert(1, f"{words}:\n{address}")
    return "\n\n".join(parts) + "\n"


def letter_html(letter: Letter) -> str:
    """A mail as simple HTML, without pictures and without anything loaded from elsewhere."""
    parts = [f"<p>{escape(paragraph)}</p>" for paragraph in letter.paragraphs]
    if letter.action:
        words, address = (escape(part) for part in letter.action)
        parts.insert(1, f'<p><a href="{address}">{words}</a></p><p>{address}</p>')
    title = escape(letter.subject)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def browser_name(user_agent: str) -> str:
    """`Firefox on Linux`, as near as a browser's own words tell."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if sign in user_agent), "")
    system = next((name for sign, name in systems if sign in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or "Unknown browser"


def is_this_machine(host: str, address: str) -> bool:
    """Whether a request came from this very machine to a name of it, not through a proxy here."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    loopbacks = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    return address in loopbacks and (name == "localhost" or name in loopbacks)
