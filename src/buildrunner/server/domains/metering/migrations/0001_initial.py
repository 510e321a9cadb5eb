"""Usage events in partitions, their sums, prices, and what guards them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Now

from buildrunner.server.platform.db.operations import definer_function, foreign_key
from buildrunner.server.platform.db.rows import uuid7

ROLLUP = migrations.CreateModel(
    name="Rollup",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("team_id", models.UUIDField(null=True)),
        ("milestone", models.TextField(null=True)),
        ("step", models.TextField(null=True)),
        ("microstep", models.TextField(null=True)),
        ("person_id", models.UUIDField(null=True)),
        ("key_id", models.UUIDField(null=True)),
        ("agent_id", models.UUIDField(null=True)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id",
                "grain",
                "bucket",
                "key",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("grain", models.TextField()),
        ("bucket", models.DateTimeField()),
        ("key", models.UUIDField()),
        ("type", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("events", models.BigIntegerField()),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("input", models.BigIntegerField(default=0)),
        ("cache_read", models.BigIntegerField(default=0)),
        ("cache_write", models.BigIntegerField(default=0)),
        ("output", models.BigIntegerField(default=0)),
        ("reasoning", models.BigIntegerField(default=0)),
        ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("unpriced", models.BigIntegerField(default=0)),
    ],
    options={
        "indexes": [
            models.Index(
                fields=["org_id", "project_id", "grain", "bucket"], name="metering_rollup_project"
            )
        ],
    },
)

USAGE = migrations.CreateModel(
    name="UsageEvent",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("team_id", models.UUIDField(null=True)),
        ("milestone", models.TextField(null=True)),
        ("step", models.TextField(null=True)),
        ("microstep", models.TextField(null=True)),
        ("person_id", models.UUIDField(null=True)),
        ("key_id", models.UUIDField(null=True)),
        ("agent_id", models.UUIDField(null=True)),
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("time", models.DateTimeField()),
        ("occurred_at", models.DateTimeField()),
        ("received_at", models.DateTimeField(db_default=Now())),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField()),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("unit", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("input", models.BigIntegerField(null=True)),
        ("cache_read", models.BigIntegerField(null=True)),
        ("cache_write", models.BigIntegerField(null=True)),
        ("output", models.BigIntegerField(null=True)),
        ("reasoning", models.BigIntegerField(null=True)),
        ("batch", models.BooleanField(null=True)),
        ("cost", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("price_version", models.TextField(null=True)),
        ("pr", models.TextField(null=True)),
        ("run", models.TextField(null=True)),
        ("data", models.JSONField(null=True)),
    ],
    options={
        "db_table": "metering_usage",
    },
)

SEEN = migrations.CreateModel(
    name="UsageSeen",
    fields=[
        ("org_id", models.UUIDField(editable=False)),
        (
            "pk",
            models.CompositePrimaryKey(
                "org_id",
                "source",
                "event_id",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("digest", models.BinaryField(max_length=16)),
        ("time", models.DateTimeField()),
    ],
    options={
        "db_table": "metering_seen",
    },
)

ADJUSTMENT = migrations.CreateModel(
    name="Adjustment",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("month", models.DateField()),
        ("reason", models.TextField()),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField()),
        ("provider", models.TextField(null=True)),
        ("model", models.TextField(null=True)),
        ("quantity", models.DecimalField(decimal_places=6, max_digits=30)),
        ("cost_before", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("cost_after", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("version_before", models.TextField(null=True)),
        ("version_after", models.TextField(null=True)),
        ("booked_at", models.DateTimeField()),
    ],
    options={
        "indexes": [
            models.Index(fields=["org_id", "month", "id"], name="metering_adjustment_month")
        ],
    },
)

CLOSED_PERIOD = migrations.CreateModel(
    name="ClosedPeriod",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("month", models.DateField()),
        ("actor", models.JSONField()),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "month"), name="metering_closed_month")
        ],
    },
)

OWN_PRICE = migrations.CreateModel(
    name="OwnPrice",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("provider", models.TextField(blank=True)),
        ("model", models.TextField()),
        ("type", models.TextField(default="tokens")),
        ("rates", models.JSONField(default=dict)),
        ("batch_rates", models.JSONField(null=True)),
        ("per_request", models.DecimalField(decimal_places=10, default=0, max_digits=20)),
        ("per_unit", models.DecimalField(decimal_places=10, max_digits=20, null=True)),
        ("currency", models.TextField(db_default="USD")),
        ("valid_from", models.DateTimeField()),
        ("withdrawn_at", models.DateTimeField(null=True)),
        ("note", models.TextField(blank=True)),
        ("actor", models.JSONField()),
    ],
    options={
        "indexes": [models.Index(fields=["org_id", "model"], name="metering_ownprice_model")],
    },
)

PRICE_VERSION = migrations.CreateModel(
    name="PriceVersion",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("version", models.TextField()),
        ("provider", models.TextField()),
        ("model", models.TextField()),
        ("rates", models.JSONField()),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "version"), name="metering_priceversion_once")
        ],
    },
)

UNPRICED_MODEL = migrations.CreateModel(
    name="UnpricedModel",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("month", models.DateField()),
        ("type", models.TextField()),
        ("provider", models.TextField(blank=True)),
        ("model", models.TextField(blank=True)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "month", "type", "provider", "model"),
                name="metering_unpriced_once",
            )
        ],
    },
)

USAGE_RECEIPT = migrations.CreateModel(
    name="UsageReceipt",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField(null=True)),
        ("source", models.TextField()),
        ("event_id", models.TextField()),
        ("type", models.TextField(blank=True)),
        ("time", models.DateTimeField()),
        ("status", models.TextField()),
        ("code", models.TextField(blank=True)),
        ("detail", models.TextField(blank=True)),
    ],
    options={
        "indexes": [
            models.Index(fields=["org_id", "time"], name="metering_receipt_time"),
            models.Index(fields=["created_at"], name="metering_receipt_age"),
        ],
    },
)

# What COPY into a partition is held to, where row-level security does not look: with a scope, only
# its organization; without one nothing at all, but for the owner (who restores backups).
_SCOPE = "nullif(current_setting('buildrunner.org_id', true), '')::uuid"
TABLES = migrations.RunSQL(
    sql=f"""
CREATE TABLE metering_usage (
    id bigserial NOT NULL,
    org_id uuid NOT NULL, project_id uuid, team_id uuid,
    time timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    source text NOT NULL, event_id text NOT NULL, type text NOT NULL,
    quantity numeric(30, 6) NOT NULL, unit text NOT NULL,
    provider text, model text,
    input bigint, cache_read bigint, cache_write bigint, output bigint, reasoning bigint,
    batch boolean,
    cost numeric(20, 10), currency text NOT NULL DEFAULT 'USD', price_version text,
    milestone text, step text, microstep text, pr text, run text,
    person_id uuid, key_id uuid, agent_id uuid,
    data jsonb,
    CONSTRAINT metering_usage_scope CHECK (coalesce({_SCOPE}, org_id) = org_id)
) PARTITION BY RANGE (time);
CREATE INDEX metering_usage_time ON metering_usage (org_id, time);
CREATE TABLE metering_usage_other PARTITION OF metering_usage DEFAULT;
CREATE TABLE metering_seen (
    org_id uuid NOT NULL, source text NOT NULL, event_id text NOT NULL,
    digest bytea NOT NULL,
    time timestamptz NOT NULL,
    PRIMARY KEY (org_id, source, event_id)
) PARTITION BY HASH (org_id, source, event_id);
DO $do$ BEGIN
    FOR place IN 0..7 LOOP
        EXECUTE format('CREATE TABLE metering_seen_%s PARTITION OF metering_seen'
                       ' FOR VALUES WITH (MODULUS 8, REMAINDER %s)', place, place);
    END LOOP;
END $do$;
CREATE FUNCTION metering_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $body$ BEGIN
    IF {_SCOPE} IS NULL AND current_user <>
       (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
        RAISE insufficient_privilege USING MESSAGE = 'usage is written in the scope of a tenant';
    END IF;
    RETURN NULL;
END $body$;
CREATE TRIGGER metering_guard BEFORE INSERT ON metering_usage_other
    FOR EACH STATEMENT EXECUTE FUNCTION metering_guard();
""",  # noqa: S608 (constants)
    reverse_sql="DROP TABLE metering_usage, metering_seen; DROP FUNCTION metering_guard()",
)

# A partition a month. Rights on a new one are those on the one for all other times.
KEEP_PARTITIONS = definer_function(
    "metering_keep_partitions(integer, integer)",
    "integer",
    """
DECLARE
    month timestamptz;
    place text;
    role text;
    made integer := 0;
BEGIN
    SET LOCAL lock_timeout = '5s';
    FOR step IN -least(months_back, 120)..least(months_ahead, 24) LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))
                 AT TIME ZONE 'UTC';
        place := 'metering_usage_' || to_char(month AT TIME ZONE 'UTC', '"y"YYYY"m"MM');
        CONTINUE WHEN to_regclass('public.' || place) IS NOT NULL;
        -- What arrived before its month had a partition stays where it is, and is found there.
        CONTINUE WHEN EXISTS (SELECT 1 FROM public.metering_usage_other u WHERE u.time >= month
            AND u.time < (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.metering_usage'
                       ' FOR VALUES FROM (%L) TO (%L)', place, month,
                       (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format('CREATE TRIGGER metering_guard BEFORE INSERT ON public.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION public.metering_guard()', place);
        FOR role IN SELECT pg_get_userbyid(a.grantee) FROM pg_class c, aclexplode(c.relacl) a
                     WHERE c.oid = 'public.metering_usage_other'::regclass
                       AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner LOOP
            EXECUTE format('GRANT INSERT ON public.%I TO %I', place, role);
        END LOOP;
        made := made + 1;
    END LOOP;
    RETURN made;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    header="months_back integer, months_ahead integer",
)

PURGE_RECEIPTS = definer_function(
    "metering_purge_receipts(integer)",
    "bigint",
    """
    WITH gone AS (
        DELETE FROM public.metering_usagereceipt
         WHERE created_at < now() - make_interval(days => greatest(days, 1)) RETURNING 1)
    SELECT count(*) FROM gone
""",
    volatility="VOLATILE",
    header="days integer",
)

# For schedules, which then enter each tenant by itself.
ORGS_TO_CLOSE = definer_function(
    "metering_orgs_to_close(date)",
    "TABLE (org_id uuid)",
    """
    SELECT DISTINCT r.org_id FROM public.metering_rollup r
     WHERE r.grain = 'day' AND r.bucket >= wanted::timestamp AT TIME ZONE 'UTC'
       AND r.bucket < (wanted + interval '1 month') AT TIME ZONE 'UTC'
       AND NOT EXISTS (SELECT 1 FROM public.metering_closedperiod c
                        WHERE c.org_id = r.org_id AND c.month = wanted)
""",
    header="wanted date",
)
# Once a day one pass over every table that keeps rows of projects, but for the meter's own.
STORAGE = definer_function(
    "metering_storage()",
    "TABLE (org_id uuid, project_id uuid, bytes bigint)",
    """
DECLARE
    place regclass;
    parts text := '';
BEGIN
    FOR place IN
        SELECT c.oid::regclass FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT c.relispartition AND c.relpersistence = 'p'
           AND c.relname NOT LIKE 'metering\\_%'
           AND 2 = (SELECT count(*) FROM pg_attribute a
                     WHERE a.attrelid = c.oid AND a.atttypid = 'uuid'::regtype
                       AND a.attname IN ('org_id', 'project_id') AND NOT a.attisdropped)
    LOOP
        parts := parts || format(
            ' UNION ALL SELECT t.org_id, t.project_id, sum(pg_column_size(t.*))::bigint AS size'
            ' FROM %s t GROUP BY 1, 2', place);
    END LOOP;
    RETURN QUERY EXECUTE
        'SELECT p.org_id, p.id, coalesce(sum(s.size), 0)::bigint'
        ' FROM public.tenancy_project p LEFT JOIN (SELECT NULL::uuid AS org_id,'
        ' NULL::uuid AS project_id, 0::bigint AS size' || parts || ') s'
        ' ON s.org_id = p.org_id AND s.project_id = p.id GROUP BY 1, 2';
END
""",
    language="plpgsql",
    header="",
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity"), ("events", "0001_initial")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[TABLES], state_operations=[USAGE, SEEN]
        ),
        ROLLUP,
        ADJUSTMENT,
        CLOSED_PERIOD,
        OWN_PRICE,
        PRICE_VERSION,
        UNPRICED_MODEL,
        USAGE_RECEIPT,
        # Rows of rollups are changed again and again.
        migrations.RunSQL(
            "ALTER TABLE metering_rollup SET (fillfactor = 70)", migrations.RunSQL.noop
        ),
        *(
            foreign_key(f"metering_{table}", "org_id", "tenancy_organization")
            for table in (
                "rollup",
                "adjustment",
                "closedperiod",
                "ownprice",
                "priceversion",
                "unpricedmodel",
                "usagereceipt",
            )
        ),
        KEEP_PARTITIONS,
        migrations.RunSQL("SELECT metering_keep_partitions(12, 3)", migrations.RunSQL.noop),
        PURGE_RECEIPTS,
        ORGS_TO_CLOSE,
        STORAGE,
    ]
