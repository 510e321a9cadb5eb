"""The ledger, its checkpoints and proofs, and the keys an organization vouches for."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.rest import schemas
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    decode_cursor,
    page,
    whole_page,
)

router = Router(tags=["ledger"])

_ORG = "/orgs/{uuid:org_id}"
_LEDGER = _ORG + "/ledger"
_KEYS = _ORG + "/signing-keys"
_MEDIA = {"jsonl": "application/jsonl", "csv": "text/csv"}
_FILE = {
    "description": "Lines of an export file",
    "headers": {
        "BR-Ledger-Size": {
            "schema": {"type": "integer"},
            "description": "Where the export ends: `size` of the pieces that follow",
        },
        "BR-Next-Seq": {
            "schema": {"type": "integer"},
            "description": "Where the next piece begins; absent on the last one",
        },
    },
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}, "example": '{"ledger":{…}}'}
        for kind in _MEDIA.values()
    },
}


@router.get(
    _LEDGER,
    response=Page[schemas.LedgerEntryOut],
    operation_id="listLedgerRecords",
    summary="Search the ledger",
)
def list_ledger_records(
    request: HttpRequest,
    response: HttpResponse,
    org_id: UUID,
    paging: PagingQuery,
    filters: Annotated[schemas.LedgerFilters, Query()],
) -> dict[str, Any]:
    """Newest first. Needs `audit.read`."""
    before = decode_cursor(paging.cursor, int)[0] if paging.cursor else None
    found = audit.find_records(
        actor_of(request), org_id, filters.chosen(), before=before, limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda entry: [entry.seq])


@router.get(
    _LEDGER + "/export",
    response={200: None},
    operation_id="exportLedger",
    summary="Export the ledger",
    openapi_extra={"responses": {200: _FILE}},
)
def export_ledger(
    request: HttpRequest,
    org_id: UUID,
    format: Annotated[Literal["jsonl", "csv"], Query(description="How it is written")] = "jsonl",
    from_seq: Annotated[int, Query(ge=1, le=2**62, description="The first record")] = 1,
    size: Annotated[
        int | None, Query(ge=0, le=2**62, description="`BR-Ledger-Size` of the first piece")
    ] = None,
    continued: Annotated[bool, Query(description="A piece behind another one")] = False,
    redact: Annotated[bool, Query(description="Without disclosures")] = False,
) -> HttpResponse:
    """A file for `br audit verify`, in pieces of 5,000 records: follow `Link: rel="next"`; one after
    another they are the file. An export that broke off goes on with `from_seq` and `continued`.
    Needs `audit.read`."""
    piece = audit.export_piece(
        actor_of(request),
        org_id,
        csv=format == "csv",
        from_seq=from_seq,
        size=size,
        continued=continued,
        redact=redact,
    )
    answer = HttpResponse(piece.lines, content_type=f"{_MEDIA[format]}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{org_id}.{format}"'
    answer["Cache-Control"] = "private, no-store"
    answer["BR-Ledger-Size"] = str(piece.size)
    if piece.next_seq is not None:
        answer["BR-Next-Seq"] = str(piece.next_seq)
        query: dict[str, object] = {
            "format": format,
            "from_seq": piece.next_seq,
            "size": piece.size,
        }
        query |= {"continued": "true", "redact": str(redact).lower()}
        answer["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return answer


@router.get(
    _LEDGER + "/consistency",
    response=schemas.ConsistencyOut,
    operation_id="proveLedgerConsistency",
    summary="Prove that the ledger only grew",
)
def prove_ledger_consistency(
    request: HttpRequest,
    org_id: UUID,
    from_size: Annotated[
        int | None,
        Query(alias="from", ge=0, le=2**62, description="Records then: the newest checkpoint's"),
    ] = None,
    size: Annotated[
        int | None, Query(alias="to", ge=0, le=2**62, description="Records later: all")
    ] = None,
) -> Any:
    """Between two sizes, such as those of two checkpoints. Needs `audit.read`."""
    return audit.consistency(actor_of(request), org_id, from_size=from_size, size=size)


@router.get(
    _LEDGER + "/{int:seq}",
    response=schemas.LedgerRecordOut,
    operation_id="getLedgerRecord",
    summary="Get a record and its proof",
)
def get_ledger_record(
    request: HttpRequest,
    org_id: UUID,
    seq: int,
    size: Annotated[
        int | None,
        Query(ge=1, le=2**62, description="Prove against the checkpoint of so many records"),
    ] = None,
) -> schemas.LedgerRecordOut:
    """With the inclusion proof against a checkpoint, the newest unless told. Needs `audit.read`."""
    return schemas.LedgerRecordOut.of(*audit.get_record(actor_of(request), org_id, seq, size=size))


@router.get(
    _ORG + "/checkpoints",
    response=Page[schemas.CheckpointOut],
    operation_id="listCheckpoints",
    summary="List the checkpoints",
)
def list_checkpoints(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first. Needs `audit.read`."""
    found = audit.checkpoints(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ORG + "/checkpoints",
    response={201: schemas.CheckpointOut},
    operation_id="makeCheckpoint",
    summary="Make a checkpoint now",
)
def make_checkpoint(request: HttpRequest, org_id: UUID) -> Status[Any]:
    """What is committed is sealed first. Needs `audit.manage`."""
    return Status(201, audit.make_checkpoint(actor_of(request), org_id))


@router.get(
    _KEYS,
    response=Page[schemas.SigningKeyOut],
    operation_id="listSigningKeys",
    summary="List the signing keys",
)
def list_signing_keys(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """Public keys that the organization vouches for, and those it has taken back. For members."""
    found = audit.list_keys(actor_of(request), org_id)
    return whole_page(request, response, paging, found, name="key_id")


@router.post(
    _KEYS,
    response={201: schemas.SigningKeyOut},
    operation_id="registerSigningKey",
    summary="Vouch for a runner's key",
)
def register_signing_key(
    request: HttpRequest, org_id: UUID, payload: schemas.SigningKeyIn
) -> Status[Any]:
    """What it signs counts as anchored. The same key again changes nothing. Needs `audit.manage`."""
    made = audit.register_key(
        actor_of(request), org_id, name=payload.name, public_key=payload.public_key
    )
    return Status(201, made)


@router.delete(
    _KEYS + "/{signing_key_id}",
    response={204: None},
    operation_id="revokeSigningKey",
    summary="Take a key back",
)
def revoke_signing_key(request: HttpRequest, org_id: UUID, signing_key_id: str) -> Status[None]:
    """It stays in the list, as revoked. The ledger's own key is replaced at the next checkpoint.
    Needs `audit.manage`."""
    audit.revoke_key(actor_of(request), org_id, signing_key_id)
    return Status(204, None)
