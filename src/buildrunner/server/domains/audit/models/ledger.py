"""The chain and the inner nodes of its tree; triggers keep both append-only (migration 0001)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now

from buildrunner.server.platform.db.archive import Left
from buildrunner.server.platform.db.rows import TenantRow


class VerbatimJson(models.TextField):  # type: ignore[type-arg]
    """JSON kept letter for letter (PostgreSQL's `json`, not `jsonb`): a hash stands over it."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        """The column's type."""
        return "json"

    def select_format(
        self,
        compiler: Any,  # noqa: ARG002
        sql: str,
        params: Any,
    ) -> tuple[str, Any]:
        """Read as text, not parsed."""
        return f"({sql})::text", params


class LedgerRecord(TenantRow):
    """One sealed event: `hash = compute_audit_hash(id, actor, action, payload, prev_hash,
    created_at)`.

    `id` is the event's id in the stream, `created_at` the event's time. Those six columns are what
    is sealed; `payload` holds `{data, entity, org, project, sd, seq}` (docs/reference/ledger.md).
    `actor_id`, `entity` and `project_id` repeat parts of it for searching. `disclosures` is what
    was taken out of the sealed bytes, each part encrypted under the key of the person whom it
    tells of: `[[person, base64], …]`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("a link of one organization's chain fits no other")

    pk = models.CompositePrimaryKey("org_id", "seq")
    id = models.TextField()  # type: ignore[assignment]
    seq = models.BigIntegerField()
    created_at = models.DateTimeField()
    actor = VerbatimJson()
    action = models.TextField()
    payload = VerbatimJson()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()
    disclosures = models.TextField(db_default="[]")
    actor_id = models.TextField(db_default="")
    entity = models.TextField(db_default="")
    project_id = models.UUIDField(null=True)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_ledger"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="audit_ledger_event"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["org_id", "action", "seq"], name="audit_ledger_action"),
            models.Index(fields=["org_id", "actor_id", "seq"], name="audit_ledger_actor"),
            models.Index(fields=["org_id", "entity", "seq"], name="audit_ledger_entity"),
        ]


class LedgerNode(TenantRow):
    """The root of a complete subtree of 256, 256², … records (`level` 8, 16, …): with these and at
    most 255 hashes of each level below, every proof is made without reading the whole ledger.

    The node covers the records `index * 2**level + 1` to `(index + 1) * 2**level`.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")
    in_archive = Left("it belongs to one organization's ledger")

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    created_at = models.DateTimeField(db_default=Now())
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_node"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "level", "index"], name="audit_node_place"),
        ]


def compute_audit_hash() -> Func:
    """The database's own answer for the row at hand."""
    return Func(
        *("id", "actor", "action", "payload", "prev_hash", "created_at"),
        function="compute_audit_hash",
        output_field=models.BinaryField(),
    )
