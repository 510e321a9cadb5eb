"""Another address, other kinds, off and on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.actions.create_endpoint import (
    checked_description,
    checked_url,
)
from buildrunner.server.domains.notifications.actions.wake import wake_for_next
from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.domains.notifications.queries.webhooks import (
    PERMISSION,
    find_endpoint,
    view_of,
)
from buildrunner.server.domains.notifications.rules import kinds as kind_rules
from buildrunner.server.domains.notifications.types import EndpointView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor

_FIELDS = ["url", "kinds", "description"]


def change_endpoint(
    actor: Actor,
    org_id: UUID,
    endpoint_id: UUID,
    *,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> EndpointView:
    """Change what is given; what is equal changes nothing.

    Switched off, it keeps its waiting messages; switched on, they go out and it counts as well.
    """
    wished = {
        "url": None if url is None else checked_url(url),
        "kinds": None if kinds is None else kind_rules.checked(kinds),
        "description": None if description is None else checked_description(description),
    }
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        changed = [
            name
            for name in _FIELDS
            if wished[name] is not None and wished[name] != getattr(endpoint, name)
        ]
        if changed:
            for name in changed:
                setattr(endpoint, name, wished[name])
            endpoint.save(update_fields=[*changed, "updated_at"])
            announce(events.UPDATED, actor, endpoint, changed=changed)
        if enabled is not None and enabled != endpoint.enabled:
            if enabled:
                switch_on(endpoint, actor)
            else:
                switch_off(endpoint, actor, reason="person")
        return view_of(endpoint)


def switch_on(endpoint: Endpoint, actor: Actor) -> None:
    """Send again, waiting messages first. The caller holds the row's lock."""
    endpoint.enabled, endpoint.disabled_reason, endpoint.disabled_at = True, "", None
    endpoint.failures, endpoint.failing_since, endpoint.wake_at = 0, None, None
    endpoint.save()
    announce(events.ENABLED, actor, endpoint)
    wake_for_next(endpoint)


def switch_off(endpoint: Endpoint, actor: Actor, *, reason: str) -> None:
    """Send nothing more: `reason` is person, gone or failing. The caller holds the row's lock."""
    endpoint.enabled, endpoint.disabled_reason = False, reason
    endpoint.disabled_at = timezone.now()
    endpoint.save()
    announce(events.DISABLED, actor, endpoint, reason=reason)
