"""Settings of a ledger, erasures, and the functions that take records and names away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import definer_function
from buildrunner.server.platform.db.rows import uuid7


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


SETTINGS = migrations.CreateModel(
    name="AuditSettings",
    fields=row(
        audit_retention_days=models.PositiveSmallIntegerField(default=365),
        redact_names=models.BooleanField(default=False),
        redact=models.JSONField(default=list),
    ),
    options={
        "db_table": "audit_settings",
        "constraints": [
            models.UniqueConstraint(fields=("org_id",), name="audit_settings_org"),
            models.CheckConstraint(
                condition=models.Q(("audit_retention_days__range", (30, 2555))),
                name="audit_settings_retention",
            ),
        ],
    },
)

ERASURE = migrations.CreateModel(
    name="Erasure",
    fields=row(
        person_id=models.UUIDField(), people=models.JSONField(), erased_by=models.JSONField()
    ),
    options={
        "db_table": "audit_erasure",
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "person_id"), name="audit_erasure_person")
        ],
    },
)

# Asked by the nightly job before it enters a tenant.
DUE = definer_function(
    "audit_retention_due()",
    "SETOF uuid",
    """
    SELECT o.id FROM (
        SELECT id FROM public.tenancy_organization
        UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid
    ) o
    LEFT JOIN public.audit_settings s ON s.org_id = o.id
    WHERE (SELECT l.created_at FROM public.audit_ledger l WHERE l.org_id = o.id
           ORDER BY l.seq LIMIT 1)
          < now() - make_interval(days => coalesce(s.audit_retention_days, 365))
    """,
    header="",
)

# Takes what a segment of the organization in scope covers, and only where the segment tells the
# truth about it: it follows the one before, ends at a checkpoint, and names the hashes at its edges.
REMOVE = definer_function(
    "audit_remove_segment(bigint)",
    "bigint",
    """
    DECLARE
        org uuid := nullif(current_setting('buildrunner.org_id', true), '')::uuid;
        segment public.audit_segment;
        header json;
        gone bigint;
    BEGIN
        SELECT * INTO segment FROM public.audit_segment s
            WHERE s.org_id = org AND s.first_seq = first;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no segment begins with record %', first USING ERRCODE = 'P0002';
        END IF;
        header := segment.header::json;
        IF header->>'org' IS DISTINCT FROM org::text
           OR (header->>'first_seq')::bigint IS DISTINCT FROM segment.first_seq
           OR (header->>'last_seq')::bigint IS DISTINCT FROM segment.last_seq
           OR segment.first_seq <> 1 + coalesce((SELECT max(s.last_seq) FROM public.audit_segment s
                WHERE s.org_id = org AND s.last_seq < segment.first_seq), 0)
           OR NOT EXISTS (SELECT FROM public.audit_ledger l WHERE l.org_id = org
                AND l.seq = segment.first_seq
                AND encode(l.prev_hash, 'hex') = header->>'prev'
                AND encode(l.hash, 'hex') = header->>'first_hash')
           OR NOT EXISTS (SELECT FROM public.audit_ledger l WHERE l.org_id = org
                AND l.seq = segment.last_seq AND encode(l.hash, 'hex') = header->>'last_hash')
           OR NOT EXISTS (SELECT FROM public.audit_checkpoint c WHERE c.org_id = org
                AND c.size = segment.last_seq AND encode(c.last_hash, 'hex') = header->>'last_hash'
                AND encode(c.root, 'hex') = header->>'root')
           OR EXISTS (SELECT FROM public.audit_ledger l WHERE l.org_id = org
                AND l.seq <= segment.last_seq AND l.created_at > now() - interval '30 days')
        THEN
            RAISE EXCEPTION 'the segment of records % to % may not be removed',
                segment.first_seq, segment.last_seq USING ERRCODE = 'insufficient_privilege';
        END IF;
        PERFORM set_config('buildrunner.ledger_removal', 'segment', true);
        DELETE FROM public.audit_ledger l
            WHERE l.org_id = org AND l.seq BETWEEN segment.first_seq AND segment.last_seq;
        GET DIAGNOSTICS gone = ROW_COUNT;
        PERFORM set_config('buildrunner.ledger_removal', '', true);
        RETURN gone;
    END
    """,
    header="first bigint",
    language="plpgsql",
    volatility="VOLATILE",
)

# A JSON value without somebody: in objects that tell of one of `people` by id the names go, and in
# texts the person's name, and addresses, which are known by their digests alone.
NAMELESS = migrations.RunSQL(
    r"""
    CREATE FUNCTION audit_nameless(given jsonb, people text[], names text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $body$
    DECLARE
        text_ text;
    BEGIN
        IF jsonb_typeof(given) = 'object' THEN
            RETURN (
                SELECT coalesce(jsonb_object_agg(m.key, CASE
                    WHEN m.key IN ('name', 'email', 'label') AND given->>'id' = ANY(people)
                        THEN '"Erased person"'::jsonb
                    ELSE public.audit_nameless(m.value, people, names) END), '{}'::jsonb)
                FROM jsonb_each(given) m);
        ELSIF jsonb_typeof(given) = 'array' THEN
            RETURN (
                SELECT coalesce(jsonb_agg(public.audit_nameless(m.value, people, names)
                                          ORDER BY m.ordinality), '[]'::jsonb)
                FROM jsonb_array_elements(given) WITH ORDINALITY m);
        ELSIF jsonb_typeof(given) = 'string' THEN
            text_ := given #>> '{}';
            IF position('@' IN text_) > 0 AND 'email:' || left(encode(
                sha256(convert_to(lower(btrim(text_)), 'UTF8')), 'hex'), 32) = ANY(people)
            THEN
                RETURN '"Erased person"'::jsonb;
            END IF;
            IF names <> '' THEN
                RETURN to_jsonb(regexp_replace(text_, names, 'Erased person', 'gi'));
            END IF;
        END IF;
        RETURN given;
    END
    $body$;
    """,
    "DROP FUNCTION audit_nameless(jsonb, text[], text)",
)

# Of the organization in scope: the keys go, then the names out of what its other tables tell of
# actors, out of the data of events, and out of messages that are kept for sending them again.
# Whatever is signed or sealed is left as it is.
ERASE = definer_function(
    "audit_erase(text[], text)",
    "void",
    """
    DECLARE
        org uuid := nullif(current_setting('buildrunner.org_id', true), '')::uuid;
        place record;
    BEGIN
        DELETE FROM public.audit_person_key k WHERE k.org_id = org AND k.person = ANY(people);
        FOR place IN
            SELECT c.table_name, c.column_name FROM information_schema.columns c
            WHERE c.table_schema = 'public' AND c.data_type = 'jsonb'
              AND (c.column_name IN ('actor', 'author', 'authors', 'approver')
                   OR c.column_name LIKE '%\\_by'
                   OR (c.table_name = 'events_event' AND c.column_name = 'data'))
              AND c.table_name NOT IN ('audit_ledger', 'audit_node', 'audit_checkpoint',
                                       'audit_segment')
              AND EXISTS (SELECT FROM information_schema.columns o
                          WHERE o.table_schema = 'public' AND o.table_name = c.table_name
                            AND o.column_name = 'org_id')
        LOOP
            EXECUTE format(
                'UPDATE public.%1$I SET %2$I = public.audit_nameless(%2$I, $1, $2)'
                ' WHERE org_id = $3 AND (position(''@'' IN %2$I::text) > 0'
                ' OR EXISTS (SELECT FROM unnest($1) p WHERE position(p IN %2$I::text) > 0)'
                ' OR ($2 <> '''' AND %2$I::text ~* $2))'
                ' AND public.audit_nameless(%2$I, $1, $2) <> %2$I',
                place.table_name, place.column_name) USING people, names, org;
        END LOOP;
        UPDATE public.notifications_delivery d
            SET body = public.audit_nameless(d.body::jsonb, people, names)::text
            WHERE d.org_id = org
              AND public.audit_nameless(d.body::jsonb, people, names) <> d.body::jsonb;
        DELETE FROM public.tenancy_invitation i WHERE i.org_id = org
            AND 'email:' || left(encode(sha256(convert_to(lower(btrim(i.email)), 'UTF8')), 'hex'),
                                 32) = ANY(people);
    END
    """,
    header="people text[], names text",
    language="plpgsql",
    volatility="VOLATILE",
)


class Migration(migrations.Migration):
    """Two tables, a column and four functions."""

    dependencies: ClassVar = [("audit", "0003_destinations")]
    operations: ClassVar = [
        SETTINGS,
        ERASURE,
        migrations.AddField("segment", "events_before", models.DateTimeField(null=True)),
        DUE,
        REMOVE,
        NAMELESS,
        ERASE,
    ]
