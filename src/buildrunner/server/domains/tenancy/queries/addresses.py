"""Which addresses a person has proven to read."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity


def verified_addresses(person_id: UUID) -> frozenset[str]:
    """In their normal form. Nobody signs in before the account's address is confirmed."""
    person = identity.get_person(person_id)
    return frozenset({person.email}) if person else frozenset()
