"""The ledger, its hash function, and the triggers that keep it append-only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models.functions import Now

import buildrunner.server.domains.audit.models.ledger as ledger
from buildrunner.server.platform.db.operations import definer_function
from buildrunner.server.platform.db.rows import uuid7

APPEND_ONLY = ("audit_ledger", "audit_node", "audit_checkpoint", "audit_segment")


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


LEDGER = migrations.CreateModel(
    name="LedgerRecord",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("id", models.TextField()),
        ("seq", models.BigIntegerField()),
        ("created_at", models.DateTimeField()),
        ("actor", ledger.VerbatimJson()),
        ("action", models.TextField()),
        ("payload", ledger.VerbatimJson()),
        ("prev_hash", models.BinaryField()),
        ("hash", models.BinaryField()),
        ("disclosures", models.TextField(db_default="[]")),
        ("actor_id", models.TextField(db_default="")),
        ("entity", models.TextField(db_default="")),
        ("project_id", models.UUIDField(null=True)),
        ("sealed_at", models.DateTimeField(db_default=Now())),
    ],
    options={
        "db_table": "audit_ledger",
        "indexes": [
            models.Index(fields=["org_id", "action", "seq"], name="audit_ledger_action"),
            models.Index(fields=["org_id", "actor_id", "seq"], name="audit_ledger_actor"),
            models.Index(fields=["org_id", "entity", "seq"], name="audit_ledger_entity"),
        ],
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "id"), name="audit_ledger_event")
        ],
    },
)

NODE = migrations.CreateModel(
    name="LedgerNode",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(db_default=Now())),
        ("level", models.SmallIntegerField()),
        ("index", models.BigIntegerField()),
        ("hash", models.BinaryField()),
    ],
    options={
        "db_table": "audit_node",
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "level", "index"), name="audit_node_place")
        ],
    },
)

CHECKPOINT = migrations.CreateModel(
    name="Checkpoint",
    fields=row(
        size=models.BigIntegerField(),
        root=models.BinaryField(),
        last_hash=models.BinaryField(),
        key_id=models.CharField(max_length=16),
        note=models.TextField(),
        requested_by=models.JSONField(null=True),
    ),
    options={
        "db_table": "audit_checkpoint",
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "size", "key_id"), name="audit_checkpoint_size"
            )
        ],
    },
)

SEGMENT = migrations.CreateModel(
    name="Segment",
    fields=row(
        first_seq=models.BigIntegerField(),
        last_seq=models.BigIntegerField(),
        header=models.TextField(),
    ),
    options={
        "db_table": "audit_segment",
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "first_seq"), name="audit_segment_first"),
            models.CheckConstraint(
                condition=models.Q(("first_seq__gte", 1), ("last_seq__gte", models.F("first_seq"))),
                name="audit_segment_range",
            ),
        ],
    },
)

PERSON_KEY = migrations.CreateModel(
    name="PersonKey",
    fields=row(person=models.TextField(), secret=models.TextField()),
    options={
        "db_table": "audit_person_key",
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "person"), name="audit_person_key_person")
        ],
    },
)

SIGNING_KEY = migrations.CreateModel(
    name="SigningKey",
    fields=row(
        key_id=models.CharField(max_length=16),
        purpose=models.CharField(max_length=16),
        name=models.CharField(max_length=120),
        public_key=models.CharField(max_length=64),
        secret=models.TextField(blank=True, default=""),
        registered_by=models.JSONField(),
        revoked_at=models.DateTimeField(null=True),
    ),
    options={
        "db_table": "audit_signing_key",
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "key_id"), name="audit_signing_key_id")
        ],
    },
)

# `actor` and `payload` are of the type json, which keeps its text: they hold RFC 8785 already, so
# the sealed bytes are those parts put together in the order of their names. to_json escapes a text
# as RFC 8785 does.
HASH = migrations.RunSQL(
    """
    CREATE FUNCTION audit_sealed(
        id text, actor json, action text, payload json, prev_hash bytea, created_at timestamptz
    ) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $body$
        SELECT pg_catalog.convert_to(
            '{"action":' || pg_catalog.to_json(action)::text || ',"actor":' || actor::text
            || ',"at":"'
            || pg_catalog.to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || '","id":' || pg_catalog.to_json(id)::text || ',"payload":' || payload::text
            || ',"prev":"' || pg_catalog.encode(prev_hash, 'hex') || '","v":1}', 'UTF8')
    $body$;
    CREATE FUNCTION compute_audit_hash(
        id text, actor json, action text, payload json, prev_hash bytea, created_at timestamptz
    ) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $body$
        SELECT pg_catalog.sha256(
            public.audit_sealed(id, actor, action, payload, prev_hash, created_at))
    $body$;
    """,
    """
    DROP FUNCTION compute_audit_hash(text, json, text, json, bytea, timestamptz);
    DROP FUNCTION audit_sealed(text, json, text, json, bytea, timestamptz);
    """,
)

# Two explicit ways out, each a setting of one transaction; the web role lacks the right to delete
# whatever it sets. The end of an organization takes its ledger along (tenancy, migration 0008), and
# retention takes records that a signed segment covers.
LETTING_GO = migrations.RunSQL(
    """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
        way text := pg_catalog.current_setting('buildrunner.ledger_removal', true);
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF way = 'organization' THEN
                RETURN OLD;
            END IF;
            IF way = 'segment' AND TG_TABLE_NAME = 'audit_ledger' THEN
                IF EXISTS (SELECT FROM public.audit_segment s WHERE s.org_id = OLD.org_id
                           AND OLD.seq BETWEEN s.first_seq AND s.last_seq) THEN
                    RETURN OLD;
                END IF;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Retention and erasure have their own ways: see docs/guides/audit.md.';
    END
    $body$;
    """,
    "DROP FUNCTION audit_append_only()",
)

TRIGGERS = migrations.RunSQL(
    "".join(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION audit_append_only();"
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();"
        for table in APPEND_ONLY
    ),
    "".join(
        f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};"
        for table in APPEND_ONLY
    ),
)

# The hourly checkpoint asks before it enters a tenant; the platform's own ledger is not left out.
GROWN = definer_function(
    "audit_grown()",
    "SETOF uuid",
    """
    SELECT o.id FROM (
        SELECT id FROM tenancy_organization
        UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid
    ) o
    WHERE (SELECT max(l.seq) FROM audit_ledger l WHERE l.org_id = o.id)
          > coalesce((SELECT max(c.size) FROM audit_checkpoint c WHERE c.org_id = o.id), 0)
    """,
    header="",
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0008_delete_sealed_rows")]
    operations: ClassVar = [
        LEDGER,
        NODE,
        CHECKPOINT,
        SEGMENT,
        PERSON_KEY,
        SIGNING_KEY,
        HASH,
        LETTING_GO,
        TRIGGERS,
        GROWN,
    ]
