"""Publish a version of a blueprint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from buildrunner.server.domains.blueprints import events
from buildrunner.server.domains.blueprints.errors import NameReserved, VersionTaken
from buildrunner.server.domains.blueprints.models import Blueprint, Version
from buildrunner.server.domains.blueprints.queries.fetching import fetch
from buildrunner.server.domains.blueprints.queries.gallery import detail, newest
from buildrunner.server.domains.blueprints.rules import documents
from buildrunner.server.domains.blueprints.rules.shipped import is_reserved
from buildrunner.server.domains.blueprints.types import PRIVATE, VISIBILITIES, BlueprintDetail
from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    Organization,
    ProjectAccess,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.document import content_hash

PERMISSION = "blueprint.publish"


def publish(
    actor: Actor,
    org_id: UUID,
    *,
    document: str = "",
    url: str = "",
    visibility: str | None = None,
    project_id: UUID | None = None,
) -> BlueprintDetail:
    """Publish the blueprint in a document, or at an address, as its version says.

    A first version is private unless said. With `project_id` the right comes from the project's
    roles (PM, TechLead), else from the organization's. The same content again changes nothing.

    Raises BlueprintInvalid, VersionTaken, NameReserved, FetchFailed.
    """
    if visibility is not None and visibility not in VISIBILITIES:
        raise Invalid(f"visibility is one of {', '.join(VISIBILITIES)}", field="visibility")
    with _entered(actor, org_id, project_id):
        pass  # who may not publish makes us neither fetch nor read anything
    text = fetch(url) if url else document
    blueprint = documents.read(text, url)
    if is_reserved(blueprint["name"]):
        raise NameReserved(
            f"{blueprint['name']} is a pack that comes with BuildRunner; name yours otherwise."
        )
    with _entered(actor, org_id, project_id) as access:
        publisher = Organization.objects.get(id=access.org_id).name
        row = _row(actor, access.org_id, blueprint, publisher, visibility)
        digest = content_hash(blueprint)
        known = Version.objects.filter(
            org_id=access.org_id, blueprint_id=row.id, version=blueprint["version"]
        ).first()
        if known is not None and known.digest != digest:
            raise VersionTaken(row.name, known.version, row.version)
        if known is None:
            Version.objects.create(
                org_id=access.org_id,
                blueprint_id=row.id,
                version=blueprint["version"],
                text=text,
                digest=digest,
                source_url=url,
                author=actor.record(),
            )
            _renew(row, blueprint, publisher)
        _show(row, visibility)
        emit(
            events.PUBLISHED,
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(row.id),
            data={
                "name": row.name,
                "version": blueprint["version"],
                "digest": digest,
                "visibility": row.visibility,
                "source_url": url,
            },
        )
        return detail(access, row.id, version=blueprint["version"])


@contextmanager
def _entered(
    actor: Actor, org_id: UUID, project_id: UUID | None
) -> Iterator[OrgAccess | ProjectAccess]:
    if project_id is None:
        with organization_scope(actor, org_id) as organization:
            organization.require(PERMISSION)
            yield organization
    else:
        with project_scope(actor, project_id) as project:
            project.require(PERMISSION)
            if project.org_id != org_id:
                raise Invalid("the project is not of this organization", field="project_id")
            yield project


def _row(
    actor: Actor,
    org_id: UUID,
    blueprint: dict[str, Any],
    publisher: str,
    visibility: str | None,
) -> Blueprint:
    """The blueprint of this name, locked; made when absent."""
    Blueprint.objects.bulk_create(
        [
            Blueprint(
                org_id=org_id,
                name=blueprint["name"],
                title=blueprint["title"],
                summary=blueprint["summary"],
                tags=blueprint.get("tags", []),
                version=blueprint["version"],
                visibility=visibility or PRIVATE,
                publisher=publisher,
                author=actor.record(),
            )
        ],
        ignore_conflicts=True,
    )
    return Blueprint.objects.select_for_update().get(org_id=org_id, name=blueprint["name"])


def _renew(row: Blueprint, blueprint: dict[str, Any], publisher: str) -> None:
    """The list shows the words of the highest version."""
    if newest([row.version, blueprint["version"]]) == blueprint["version"]:
        row.title = blueprint["title"]
        row.summary = blueprint["summary"]
        row.tags = blueprint.get("tags", [])
        row.version = blueprint["version"]
    row.publisher = publisher


def _show(row: Blueprint, visibility: str | None) -> None:
    if visibility is not None:
        row.visibility = visibility
    row.withdrawn_at = None
    row.save()
