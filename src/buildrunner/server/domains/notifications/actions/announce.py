"""Put on record what happened to an endpoint."""

from __future__ import annotations

from urllib.parse import urlsplit

from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def announce(kind: str, actor: Actor, endpoint: Endpoint, **data: object) -> None:
    """An event about an endpoint. It tells the host alone: paths may hold what gives access."""
    if endpoint.service != "webhook":
        kind = f"channel.{kind.partition('.')[2]}"
        data["service"] = endpoint.service
    emit(
        kind,
        actor=actor,
        org_id=endpoint.org_id,
        project_id=endpoint.project_id,
        subject=str(endpoint.id),
        data={"host": urlsplit(endpoint.url).hostname or "", **data},
    )
