"""The ledger of an organization, its checkpoints, and the keys it vouches for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.errors import UnexpectedAnswer
from buildrunner.client.models import (
    Checkpoint,
    Consistency,
    LedgerEntry,
    LedgerErasure,
    LedgerPiece,
    LedgerRecord,
    LedgerSettings,
    SigningKey,
)


class AsyncLedger(AsyncResource):
    """`/api/orgs/{org_id}/ledger` and `/checkpoints`."""

    def list(
        self,
        org_id: str,
        *,
        actor: str | None = None,
        action: str | None = None,
        entity: str | None = None,
        project: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> AsyncIterator[LedgerEntry]:
        """The records, newest first; `action` is a kind or a family as `plan.*`, `since` and
        `until` are RFC 3339."""
        filters = {"actor": actor, "action": action, "entity": entity, "project": project}
        return self._transport.pages(
            f"{_base(org_id)}/ledger", LedgerEntry, **filters, **{"from": since, "to": until}
        )

    async def get(self, org_id: str, seq: int, *, size: int | None = None) -> LedgerRecord:
        """One record, with its proof against the checkpoint of `size` records or the newest."""
        return await self._transport.get(f"{_base(org_id)}/ledger/{seq}", LedgerRecord, size=size)

    async def consistency(
        self, org_id: str, *, since: int | None = None, size: int | None = None
    ) -> Consistency:
        """The proof that the ledger of `size` records (all) begins with that of `since` records
        (the newest checkpoint's)."""
        path = f"{_base(org_id)}/ledger/consistency"
        return await self._transport.get(path, Consistency, **{"from": since, "to": size})

    async def export(
        self,
        org_id: str,
        *,
        format: str = "jsonl",
        from_seq: int = 1,
        size: int | None = None,
        continued: bool = False,
        redact: bool = False,
    ) -> LedgerPiece:
        """A piece of an export file. Ask for the next with its `next_seq` and `size`, `continued`,
        until there is none: one after another they are the file."""
        answer = await self._transport.request(
            "GET",
            f"{_base(org_id)}/ledger/export",
            params={
                "format": format,
                "from_seq": from_seq,
                "size": size,
                "continued": "true" if continued else None,
                "redact": "true" if redact else None,
            },
        )
        following = answer.headers.get("BR-Next-Seq")
        try:
            ends = int(answer.headers["BR-Ledger-Size"])
            return LedgerPiece(answer.content, ends, int(following) if following else None)
        except (KeyError, ValueError) as error:
            raise UnexpectedAnswer(f"the export came without its headers ({error})") from None

    def checkpoints(self, org_id: str) -> AsyncIterator[Checkpoint]:
        """The checkpoints, newest first."""
        return self._transport.pages(f"{_base(org_id)}/checkpoints", Checkpoint)

    async def checkpoint(self, org_id: str) -> Checkpoint:
        """Seal what is committed and sign how far the ledger has come."""
        return await self._transport.send("POST", f"{_base(org_id)}/checkpoints", Checkpoint)

    async def settings(self, org_id: str) -> LedgerSettings:
        """How long records stay, and what of them is personal."""
        return await self._transport.get(f"{_base(org_id)}/ledger/settings", LedgerSettings)

    async def change_settings(
        self,
        org_id: str,
        *,
        audit_retention_days: int | None = None,
        redact_names: bool | None = None,
        redact: Sequence[str] | None = None,
    ) -> LedgerSettings:
        """Change what is given; `redact` are names of members, `*` means all."""
        body = {
            "audit_retention_days": audit_retention_days,
            "redact_names": redact_names,
            "redact": None if redact is None else [*redact],
        }
        told = {name: value for name, value in body.items() if value is not None}
        path = f"{_base(org_id)}/ledger/settings"
        return await self._transport.send("PATCH", path, LedgerSettings, told)

    def erasures(self, org_id: str) -> AsyncIterator[LedgerErasure]:
        """The people whose personal data were erased, the last first."""
        return self._transport.pages(f"{_base(org_id)}/ledger/erasures", LedgerErasure)

    async def erase(self, org_id: str, person_id: str) -> LedgerErasure:
        """Erase a person; a key is refused (403 `in_person_only`)."""
        path = f"{_base(org_id)}/ledger/erasures"
        return await self._transport.send("POST", path, LedgerErasure, {"person_id": person_id})


class AsyncSigningKeys(AsyncResource):
    """`/api/orgs/{org_id}/signing-keys`."""

    def list(self, org_id: str) -> AsyncIterator[SigningKey]:
        """The keys that the organization vouches for, and those it has taken back."""
        return self._transport.pages(f"{_base(org_id)}/signing-keys", SigningKey)

    async def register(self, org_id: str, *, name: str, public_key: str) -> SigningKey:
        """Vouch for a runner's key; `public_key` is base64."""
        body = {"name": name, "public_key": public_key}
        return await self._transport.send("POST", f"{_base(org_id)}/signing-keys", SigningKey, body)

    async def revoke(self, org_id: str, key_id: str) -> None:
        """Take a key back."""
        path = f"{_base(org_id)}/signing-keys/{wire.segment(key_id)}"
        await self._transport.delete(path)


def _base(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}"
