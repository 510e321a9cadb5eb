"""The room's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.http.bodies import Body

_HASH = "9f86d081" * 8
_KEY = "1f0c2a9b7d3e4f50"
_NOTE = (
    "buildrunner.ledger/019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02\n412\n…\n\n"
    "— buildrunner.ledger/019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b02 …\n"
)
Hex = Annotated[str, Field(description="SHA-256, hexadecimal", examples=[_HASH])]


class LedgerFilters(Schema):
    """Which records are listed; without any all of them."""

    actor: str = Field(
        "", max_length=200, description="Id of a person or service account, or `key:<key id>`"
    )
    action: str = Field("", max_length=100, description="A kind, or a family as `plan.*`")
    entity: str = Field("", max_length=1000, description="Id of what was acted on")
    project: UUID | None = Field(None, description="Of this project")
    since: AwareDatetime | None = Field(None, alias="from", description="Not before")
    until: AwareDatetime | None = Field(None, alias="to", description="Before")

    def chosen(self) -> audit.Filters:
        """For the query."""
        return audit.Filters(**self.model_dump(by_alias=False))


class LedgerEntryOut(Schema):
    """A record. `actor` and `data` show what was sealed and what its disclosures still tell;
    `withheld` counts those that nobody can open any more."""

    seq: int
    id: str = Field(description="The event's id, as streams and webhooks tell it")
    at: datetime
    action: str
    actor: dict[str, Any]
    entity: str
    project_id: UUID | None
    data: dict[str, Any]
    hash: Hex
    prev_hash: Hex
    withheld: int


class CheckpointOut(Schema):
    """A signed statement of how far the ledger had come; `note` is its text, for
    `br audit verify --checkpoint`."""

    id: UUID
    org_id: UUID
    size: int = Field(description="Records")
    root: Hex
    last_hash: Hex
    key_id: str = Field(examples=[_KEY])
    note: str = Field(examples=[_NOTE])
    created_at: datetime
    requested_by: dict[str, Any] | None = Field(description="Null for those of every hour")


class InclusionOut(Schema):
    """That the record is in the ledger of the checkpoint (RFC 9162, section 2.1.3)."""

    index: int = Field(description="The leaf: `seq` less one")
    path: list[Hex]
    checkpoint: CheckpointOut


class LedgerRecordOut(LedgerEntryOut):
    """A record with its sealed bytes and its proof."""

    record: str = Field(description="The sealed bytes: their SHA-256 is `hash`")
    disclosures: list[str]
    inclusion: InclusionOut | None = Field(description="Null until a checkpoint covers the record")

    @classmethod
    def of(cls, entry: audit.LedgerEntry, inclusion: audit.Inclusion | None) -> LedgerRecordOut:
        """The record and its proof in one object."""
        shown = LedgerEntryOut.model_validate(entry, from_attributes=True).model_dump()
        proof = InclusionOut.model_validate(inclusion, from_attributes=True) if inclusion else None
        return cls(
            **shown,
            record=entry.record.decode(),
            disclosures=list(entry.disclosures),
            inclusion=proof,
        )


class ConsistencyOut(Schema):
    """That the ledger of `size` records begins with that of `from_size` (RFC 9162, 2.1.4)."""

    from_size: int
    from_root: Hex
    size: int
    root: Hex
    path: list[Hex]


class SigningKeyIn(Body):
    """A runner's key to vouch for."""

    name: str = Field(min_length=1, max_length=120)
    public_key: str = Field(max_length=64, description="Ed25519, 32 bytes as base64")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "GitHub Actions",
                    "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                }
            ]
        }
    )


class SigningKeyOut(Schema):
    """A key that the organization vouches for."""

    key_id: str = Field(
        description="The first 16 hexadecimal digits of SHA-256 of the public key", examples=[_KEY]
    )
    purpose: Literal["ledger", "runner"] = Field(
        description="`ledger` signs checkpoints, `runner` signs evidence"
    )
    name: str
    public_key: str
    registered_by: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None
