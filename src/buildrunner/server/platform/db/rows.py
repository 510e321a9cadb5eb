"""Base rows. What the web role may do with a table is declared here and applied after migration."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import uuid_utils
from django.db import models


def uuid7() -> UUID:
    """A time-ordered identifier (RFC 9562, version 7)."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


class Row(models.Model):
    """A row without a tenant: identity and platform tables.

    `web_grants` are the rights of the web and worker role. `tenant_column` names the column that
    row-level security compares with the scope; `None` leaves the table without policies.
    `leaf_grants` are rights of the web role on the partitions themselves, for COPY, which does not
    pass row-level security: the migration guards them otherwise.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    leaf_grants: ClassVar[tuple[str, ...]] = ()
    # Whether a project's rows travel in archives: `Archived` or `Left` of `platform.db.archive`.
    in_archive: ClassVar[Any] = None
    # Columns that hold sealed texts, with their purpose: see `platform.crypto.resealing`.
    sealed: ClassVar[dict[str, str]] = {}
    reader_grants: ClassVar[tuple[str, ...]] = ()
    tenant_column: ClassVar[str | None] = None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class TenantRow(Row):
    """A row of one organization. Queries outside that organization's scope do not see it."""

    tenant_column: ClassVar[str | None] = "org_id"

    org_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True
