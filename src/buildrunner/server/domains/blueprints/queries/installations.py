"""What was applied to a project, and the versions that later ones build on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.blueprints.models import Installation, Version
from buildrunner.server.domains.blueprints.types import InstallationView
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.blueprints import Fragment, load, render
from buildrunner.spec.blueprints import find as find_shipped
from buildrunner.spec.blueprints.standing import entry_of
from buildrunner.spec.errors import SpecError


def installations(
    access: ProjectAccess, *, before: UUID | None = None, limit: int = 50
) -> list[InstallationView]:
    """The newest first; `before` is the id of the last one seen."""
    rows = Installation.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        InstallationView(
            id=row.id,
            created_at=row.created_at,
            name=row.name,
            title=row.title,
            version=row.version,
            source=row.source,
            revision=row.revision,
            counts=row.counts,
            actor=row.actor,
            blueprint_id=row.blueprint_id,
        )
        for row in rows.defer("text").order_by("-id")[:limit]
    ]


def was_applied(access: ProjectAccess, blueprint_id: UUID) -> bool:
    """Whether a blueprint came into this project's plan."""
    return Installation.objects.filter(
        org_id=access.org_id, project_id=access.project_id, blueprint_id=blueprint_id
    ).exists()


def bases(
    access: ProjectAccess, plan: dict[str, Any], fragments: list[Fragment]
) -> dict[str, Fragment]:
    """The versions that are in the plan, where their documents are at hand."""
    found: dict[str, Fragment] = {}
    for fragment in fragments:
        entry = entry_of(plan, fragment.name)
        version, values = entry.get("version"), entry.get("parameters")
        if not isinstance(version, str) or not isinstance(values, dict):
            continue
        for document in _documents(access, fragment.name, version):
            try:
                base = render(document, values)
            except SpecError:
                continue
            if base.digest == entry.get("digest"):
                found[fragment.name] = base
                break
    return found


def _documents(access: ProjectAccess, name: str, version: str) -> list[dict[str, Any]]:
    shipped = find_shipped(name, f"={version}")
    documents = [shipped.blueprint] if shipped else []
    rows = Installation.objects.filter(org_id=access.org_id, name=name, version=version)
    texts = [*rows.exclude(text="").order_by("-id").values_list("text", flat=True)[:5]]
    texts += Version.objects.filter(org_id=access.org_id, version=version).values_list(
        "text", flat=True
    )[:20]
    for text in texts:
        blueprint = load(text.encode()).blueprint
        if blueprint is not None and blueprint["name"] == name:
            documents.append(blueprint)
    return documents
