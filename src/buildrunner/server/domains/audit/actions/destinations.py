"""Add, change and take away where a ledger is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.models import Destination
from buildrunner.server.domains.audit.policies import COMPLIANCE, require_feature
from buildrunner.server.domains.audit.queries import destinations as queries
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.destinations import SEAL
from buildrunner.server.domains.audit.rules import sending as rules
from buildrunner.server.domains.audit.types import DestinationView, NewDestination
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto import webhook_signatures
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.http.outbound import url_fault
from buildrunner.server.platform.jobs.defer import defer
from buildrunner.server.platform.text import one_line

JOB = "audit.ship"


def add_destination(
    actor: Actor,
    org_id: UUID,
    *,
    kind: str,
    name: str,
    url: str,
    settings: dict[str, Any] | None = None,
    secret: str = "",
    redact: bool = False,
    from_start: bool = True,
) -> NewDestination:
    """Send the ledger there from its first record on, or from the next one.

    A SIEM is told a signing secret, shown this once. Raises `Invalid` for an address that could
    never be called, `Conflict` when the organization has as many as it may.
    """
    if kind not in (rules.SIEM, rules.S3):
        raise Invalid("kind is siem or s3.", field="kind")
    name = one_line(name, "name", rules.LONGEST_NAME)
    url = _checked(url)
    wanted = rules.checked_settings(kind, settings or {})
    if kind == rules.SIEM:
        secret = webhook_signatures.new_secret()
    elif not secret.strip():
        raise Invalid("An object store needs its secret access key.", field="secret")
    with organization_scope(actor, org_id, "audit.manage"):
        require_feature(org_id, COMPLIANCE)
        if Destination.objects.filter(org_id=org_id).count() >= rules.MOST_DESTINATIONS:
            raise Conflict(
                f"An organization has at most {rules.MOST_DESTINATIONS} destinations; take one"
                " away first.",
                code="destinations_full",
            )
        row = Destination.objects.create(
            org_id=org_id,
            kind=kind,
            name=name,
            url=url,
            settings=wanted,
            secret=seal(secret, SEAL),
            redact=redact,
            next_seq=1 if from_start else tree.head(org_id).seq + 1,
        )
        _tell(events.DESTINATION_ADDED, actor, row)
        _send(row)
        shown = secret if kind == rules.SIEM else None
        return NewDestination(queries.view_of(row, tree.head(org_id).seq), shown)


def change_destination(
    actor: Actor,
    org_id: UUID,
    destination_id: UUID,
    *,
    name: str | None = None,
    url: str | None = None,
    enabled: bool | None = None,
    redact: bool | None = None,
    secret: str | None = None,
) -> DestinationView:
    """Change what is not `None`; what waits goes out at once."""
    with organization_scope(actor, org_id, "audit.manage"):
        row = queries.find_destination(destination_id, lock=True)
        before = (row.name, row.url, row.enabled, row.redact, row.secret)
        if name is not None:
            row.name = one_line(name, "name", rules.LONGEST_NAME)
        if url is not None:
            row.url = _checked(url)
        if enabled is not None:
            row.enabled = enabled
        if redact is not None:
            row.redact = redact
        if secret and row.kind == rules.S3:
            row.secret = seal(secret, SEAL)
        if before != (row.name, row.url, row.enabled, row.redact, row.secret):
            row.failures, row.retry_at, row.failing_since = 0, None, None
            row.save()
            _tell(events.DESTINATION_CHANGED, actor, row)
            _send(row)
        return queries.view_of(row, tree.head(org_id).seq)


def remove_destination(actor: Actor, org_id: UUID, destination_id: UUID) -> None:
    """Nothing is sent there any more; what arrived stays there."""
    with organization_scope(actor, org_id, "audit.manage"):
        row = queries.find_destination(destination_id, lock=True)
        _tell(events.DESTINATION_REMOVED, actor, row)
        row.delete()


def send_now(actor: Actor, org_id: UUID, destination_id: UUID) -> DestinationView:
    """Send what waits without awaiting the night or the next try."""
    with organization_scope(actor, org_id, "audit.manage"):
        row = queries.find_destination(destination_id, lock=True)
        if not row.enabled:
            raise Conflict("It is switched off; switch it on first.", code="destination_off")
        row.retry_at = None
        row.save(update_fields=["retry_at"])
        _tell(events.DESTINATION_ASKED, actor, row)
        _send(row)
        return queries.view_of(row, tree.head(org_id).seq)


def _checked(url: str) -> str:
    url = url.strip().rstrip("/")
    fault = url_fault(url)
    if fault:
        raise Invalid(fault, code="url_refused", field="url")
    return url


def _tell(kind: str, actor: Actor, row: Destination) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        subject=str(row.id),
        data={
            "kind": row.kind,
            "title": row.name,
            "url": row.url,
            "enabled": row.enabled,
            "redact": row.redact,
        },
    )


def _send(row: Destination) -> None:
    if row.enabled:
        payload = {"org_id": str(row.org_id), "destination_id": str(row.id)}
        defer(JOB, payload, once=f"{JOB}:{row.id}")
