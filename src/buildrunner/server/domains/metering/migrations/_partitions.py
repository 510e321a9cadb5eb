"""What migration 0001 makes beside Django's own tables: partitions, their guards, functions."""

from __future__ import annotations

from django.db import migrations

from buildrunner.server.platform.db.operations import definer_function

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
