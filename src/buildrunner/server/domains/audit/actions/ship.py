"""Send what a destination does not have yet: in order, a piece at a time, the next one only when
the one before it has arrived.

A piece whose answer is lost is sent again under the same name, so that nothing is missing and a
receiver can tell what it has had.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import quote
from uuid import UUID

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.db import connection, transaction
from django.utils import timezone
from prometheus_client import Counter

from buildrunner.server.domains.audit.actions.destinations import JOB
from buildrunner.server.domains.audit.models import Destination
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.destinations import SEAL
from buildrunner.server.domains.audit.queries.records import piece_of
from buildrunner.server.domains.audit.rules import sending as rules
from buildrunner.server.platform.crypto import webhook_signatures
from buildrunner.server.platform.crypto.sealing import SealBroken, unseal
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.http.outbound import outbound_client
from buildrunner.server.platform.jobs.defer import defer

TURN: Final = 20.0  # seconds after which another destination's turn comes
SECONDS: Final = 60.0  # for one request
_SENT = Counter(
    "buildrunner_ledger_sends",
    "Pieces of ledgers sent to destinations, by kind and outcome: arrived, failed.",
    ["kind", "outcome"],
)


class Load(NamedTuple):
    """What is to be sent: records `first` to `last`, and where."""

    kind: str
    url: str
    settings: dict[str, str]
    secret: str
    first: int
    last: int
    body: bytes


def ship(org_id: UUID, destination_id: UUID) -> None:
    """One turn at a destination; another one is queued where records are left."""
    start = time.monotonic()
    while True:
        load = _next(org_id, destination_id)
        if load is None:
            return
        trouble = _send(load, org_id)
        _note(org_id, destination_id, load, trouble)
        if trouble:
            return
        if time.monotonic() - start > TURN:
            payload = {"org_id": str(org_id), "destination_id": str(destination_id)}
            with transaction.atomic():
                defer(JOB, payload)
            return


def wake_destinations(*, nightly: bool = False, of: Collection[UUID] | None = None) -> None:
    """Queue a turn for each destination that has something to get: SIEMs and what failed before,
    and `nightly` object stores too. `of` names the organizations whose ledgers have just grown.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT org_id, id FROM audit_destinations_due(%s)"
            " WHERE %s::uuid[] IS NULL OR org_id = ANY(%s)",
            [nightly, *([None if of is None else list(of)] * 2)],
        )
        for org_id, id_ in cursor.fetchall():
            payload = {"org_id": str(org_id), "destination_id": str(id_)}
            defer(JOB, payload, once=f"{JOB}:{id_}")


def _next(org_id: UUID, destination_id: UUID) -> Load | None:
    with tenant_scope(org_id):
        row = Destination.objects.filter(id=destination_id, enabled=True).first()
        now = timezone.now()
        if row is None or (row.retry_at is not None and row.retry_at > now):
            return None
        last = tree.head(org_id).seq
        if row.next_seq > last:
            return None
        most = rules.SIEM_BATCH if row.kind == rules.SIEM else rules.OBJECT_RECORDS
        end = min(last, row.next_seq + most - 1)
        try:
            secret = unseal(row.secret, SEAL)
        except SealBroken:
            secret = ""
        body = _body(org_id, row.next_seq, end, redact=row.redact)
        return Load(row.kind, row.url, row.settings, secret, row.next_seq, end, body)


def _body(org_id: UUID, first: int, last: int, *, redact: bool) -> bytes:
    """A whole export file of these records: it verifies by itself."""
    parts: list[bytes] = []
    at: int | None = first
    while at is not None:
        piece = piece_of(org_id, from_seq=at, size=last, continued=bool(parts), redact=redact)
        parts.append(piece.lines)
        at = piece.next_seq
    return b"".join(parts)


def _send(load: Load, org_id: UUID) -> str:
    """What went wrong, or nothing."""
    if not load.secret:
        return "its secret cannot be opened: enter it anew"
    method, url, headers = (_to_siem if load.kind == rules.SIEM else _to_store)(load, org_id)
    try:
        with outbound_client(seconds=SECONDS) as client:
            answer = client.request(method, url, headers=headers, content=load.body)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    if answer.is_success:
        return ""
    return f"answered {answer.status_code}: {answer.text[:200]}".rstrip(": ")


def _to_siem(load: Load, org_id: UUID) -> tuple[str, str, dict[str, str]]:
    """A POST whose id names its records: the same records, the same id."""
    message = f"{org_id}:{load.first}-{load.last}"
    signed = webhook_signatures.headers(message, load.body.decode(), [load.secret], timezone.now())
    return "POST", load.url, {"Content-Type": "application/jsonl", **signed}


def _to_store(load: Load, org_id: UUID) -> tuple[str, str, dict[str, str]]:
    """A PUT in path style, signed for S3 (AWS Signature Version 4)."""
    name = rules.object_name(load.settings["prefix"], org_id, load.first, load.last)
    url = f"{load.url}/{load.settings['bucket']}/{quote(name)}"
    request = AWSRequest("PUT", url, data=load.body, headers={"Content-Type": "application/jsonl"})
    who = Credentials(load.settings["access_key_id"], load.secret)
    S3SigV4Auth(who, "s3", load.settings["region"]).add_auth(request)
    return "PUT", url, dict(request.headers.items())


def _note(org_id: UUID, destination_id: UUID, load: Load, trouble: str) -> None:
    _SENT.labels(load.kind, "failed" if trouble else "arrived").inc()
    with tenant_scope(org_id):
        row = Destination.objects.select_for_update().filter(id=destination_id).first()
        if row is None:
            return
        now = timezone.now()
        if trouble:
            row.failures += 1
            row.failing_since = row.failing_since or now
            row.retry_at = now + rules.pause(row.failures)
            row.last_error = trouble[:500]
        else:
            row.next_seq = max(row.next_seq, load.last + 1)
            row.failures, row.failing_since, row.retry_at, row.last_error = 0, None, None, ""
            row.sent_at = now
        row.save()
