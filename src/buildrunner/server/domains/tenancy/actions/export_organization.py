"""All that an organization holds, as one file: for its owner to keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.db import models

from buildrunner.server.domains.tenancy.actions.export_project import one_picture
from buildrunner.server.domains.tenancy.models import Organization
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.archive import told
from buildrunner.server.platform.db.archive_file import ArchiveWriter
from buildrunner.server.platform.db.rows import Row, uuid7
from buildrunner.server.platform.events.emit import emit

KIND = "organization"


@dataclass(frozen=True, slots=True)
class OrganizationExport:
    """What was written. `receipt` proves the export to `delete_organization` for a day."""

    receipt: UUID
    name: str
    manifest: dict[str, Any]


def export_organization(actor: Actor, org_id: UUID, *, target: IO[bytes]) -> OrganizationExport:
    """Write every row of an organization into a binary file, without secrets. Needs `org.own`."""
    receipt = uuid7()
    with organization_scope(actor, org_id, "org.own"):
        name = Organization.objects.get(id=org_id).name
        emit("organization.exported", actor=actor, org_id=org_id, subject=str(receipt))
    with one_picture(org_id):
        about = {"org_id": str(org_id), "name": name, "receipt": str(receipt)}
        writer = ArchiveWriter(target, KIND, about)
        for model in tenant_models():
            writer.add(model._meta.db_table, _lines(model, org_id))
        return OrganizationExport(receipt, name, writer.finish())


def tenant_models() -> Iterator[type[Row]]:
    """Every model whose rows belong to an organization and may be read by the server."""
    for model in apps.get_models():
        if issubclass(model, Row) and model.tenant_column and "SELECT" in model.web_grants:
            yield model


def _lines(model: type[Row], org_id: UUID) -> Iterator[bytes]:
    fields = [one for one in model._meta.concrete_fields if not _is_secret(model, one)]
    rows = (
        model._default_manager.filter(**{str(model.tenant_column): org_id})
        .order_by("pk")
        .values_list(*(one.attname for one in fields))
    )
    for row in rows.iterator(chunk_size=200):
        values = {one.column: told(value) for one, value in zip(fields, row, strict=True)}
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _is_secret(model: type[Row], one: models.Field[Any, Any]) -> bool:
    """What opens something, be it sealed or hashed."""
    return one.column in model.sealed or (
        isinstance(one, models.BinaryField) and one.column.endswith("_hash")
    )
