"""A new webhook; its secret is shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.domains.notifications.queries.webhooks import PERMISSION, view_of
from buildrunner.server.domains.notifications.rules import kinds as kind_rules
from buildrunner.server.domains.notifications.types import NewEndpoint
from buildrunner.server.domains.tenancy.facade import Project, organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto import webhook_signatures
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound
from buildrunner.server.platform.http.outbound import url_fault
from buildrunner.server.platform.text import one_line

SEAL: Final = "webhooks.secret"
MOST: Final = 50
LONGEST_DESCRIPTION: Final = 200


def create_endpoint(
    actor: Actor,
    org_id: UUID,
    *,
    url: str,
    kinds: Sequence[str] = (kind_rules.EVERYTHING,),
    description: str = "",
    project_id: UUID | None = None,
    enabled: bool = True,
) -> NewEndpoint:
    """Let an address hear of events from now on, of the organization or of one project.

    Raises `Invalid` for an address that could never be called or an unreadable kind, `Conflict`
    when the organization has as many as it may.
    """
    url = checked_url(url)
    wanted = kind_rules.checked(kinds)
    description = checked_description(description)
    secret = webhook_signatures.new_secret()
    with organization_scope(actor, org_id, PERMISSION):
        if project_id and not Project.objects.filter(id=project_id).exists():
            raise NotFound(f"No project {project_id} here.", code="project_not_found")
        if Endpoint.objects.filter(service="webhook").count() >= MOST:
            raise Conflict(
                f"An organization has at most {MOST} webhooks; delete one first.",
                code="webhooks_full",
            )
        endpoint = Endpoint.objects.create(
            org_id=org_id,
            project_id=project_id,
            url=url,
            description=description,
            kinds=wanted,
            enabled=enabled,
            disabled_reason="" if enabled else "person",
            secret=seal(secret, SEAL),
        )
        announce(
            events.CREATED,
            actor,
            endpoint,
            kinds=wanted,
            project_id=str(project_id) if project_id else None,
        )
    return NewEndpoint(view_of(endpoint), secret)


def checked_url(url: str) -> str:
    """The address without outer spaces; raises `Invalid` for one that could never be called."""
    url = url.strip()
    fault = url_fault(url)
    if fault:
        raise Invalid(fault, code="url_refused", field="url")
    return url


def checked_description(text: str) -> str:
    """One line, or nothing."""
    return one_line(text, "description", LONGEST_DESCRIPTION) if text.strip() else ""
