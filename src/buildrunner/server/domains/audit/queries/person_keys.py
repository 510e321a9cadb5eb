"""The keys under which an organization's ledger keeps personal data: one for each person."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from buildrunner.server.domains.audit.models import PersonKey
from buildrunner.server.domains.audit.queries.privacy import erased_people
from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal

SEAL: Final = "audit.person_key"
_NONCE: Final = 12


class PersonKeys:
    """The keys of some people, in the scope of their organization."""

    def __init__(self, org_id: UUID) -> None:
        self._org_id = org_id
        self._ciphers: dict[str, AESGCM | None] = {}
        self._nonces = _nonces()

    def load(self, people: Iterable[str]) -> set[str]:
        """Read the keys of these people; those who have none."""
        wanted = {one for one in people if one not in self._ciphers}
        if not wanted:
            return set()
        rows = PersonKey.objects.filter(org_id=self._org_id, person__in=wanted)
        found = dict(rows.values_list("person", "secret"))
        for person, secret in found.items():
            self._ciphers[person] = _cipher(secret)
        return wanted - found.keys()

    def make(self, people: Iterable[str]) -> None:
        """New keys for those who have none; whoever was erased gets none, and is told nothing of."""
        wanted = set(people)
        gone = erased_people(self._org_id) & wanted if wanted else set()
        self._ciphers.update(dict.fromkeys(gone))
        people = wanted - gone
        made = {person: b64encode(os.urandom(32)).decode() for person in people}
        PersonKey.objects.bulk_create(
            PersonKey(org_id=self._org_id, person=person, secret=seal(secret, SEAL))
            for person, secret in made.items()
        )
        for person, secret in made.items():
            self._ciphers[person] = AESGCM(b64decode(secret))

    def conceal(self, taken: Sequence[tuple[str, str]], event_id: str) -> str:
        """The column `disclosures` of a record: each person's part under that person's key."""
        if not taken:
            return "[]"
        parts: dict[str, str] = {}
        for person, disclosure in taken:
            before = parts.get(person)
            parts[person] = disclosure if before is None else f"{before}\n{disclosure}"
        bound = event_id.encode()
        sealed = []
        for person, disclosures in parts.items():
            cipher = self._ciphers[person]
            if cipher is not None:
                nonce = next(self._nonces)
                body = nonce + cipher.encrypt(nonce, disclosures.encode(), bound)
                told = b2a_base64(body, newline=False).decode()
                sealed.append(f'[{encode_basestring(person)},"{told}"]')
        return f"[{','.join(sealed)}]"

    def reveal(self, column: str, event_id: str) -> list[str]:
        """The disclosures of a record that can still be read."""
        shown: list[str] = []
        for person, text in json.loads(column):
            cipher = self._ciphers.get(person)
            if cipher is None:
                continue
            data = b64decode(text)
            try:
                plain = cipher.decrypt(data[:_NONCE], data[_NONCE:], event_id.encode())
            except InvalidTag:  # of a key that was erased, and made anew since
                continue
            shown.extend(plain.decode().split("\n"))
        return shown


def people_in(column: str) -> list[str]:
    """Of whom the disclosures of a record tell."""
    return [person for person, _ in json.loads(column)] if column != "[]" else []


def _nonces(ahead: int = 64) -> Iterator[bytes]:
    while True:
        drawn = os.urandom(_NONCE * ahead)
        for at in range(0, len(drawn), _NONCE):
            yield drawn[at : at + _NONCE]


def _cipher(sealed: str) -> AESGCM | None:
    try:
        return AESGCM(b64decode(unseal(sealed, SEAL)))
    except SealBroken:  # the master key is another one: nobody reads this any more
        return None
