"""Who is here."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)
from buildrunner.server.platform.db.rows import uuid7

TABLE = "discussion_presence"

PRESENCE = migrations.CreateModel(
    name="Presence",
    fields=[
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        ("project_id", models.UUIDField()),
        ("principal", models.UUIDField()),
        ("place", models.UUIDField()),
        ("token", models.UUIDField()),
        ("actor", models.JSONField()),
        ("entity_type", models.CharField(max_length=16)),
        ("entity_id", models.TextField()),
        ("page", models.CharField(max_length=32)),
        ("typing_until", models.DateTimeField(null=True)),
        ("expires_at", models.DateTimeField()),
        ("renewed_at", models.DateTimeField()),
        ("told_at", models.DateTimeField()),
        ("untold", models.BooleanField(default=False)),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "project_id", "principal", "place"),
                name="discussion_presence_place",
            ),
            models.UniqueConstraint(fields=("token",), name="discussion_presence_token"),
        ],
    },
)

# Nothing in it is worth a write-ahead log; beats change no indexed column, so with room on its page
# a row is changed in place.
UNLOGGED = migrations.RunSQL(
    f"ALTER TABLE {TABLE} SET UNLOGGED; ALTER TABLE {TABLE} SET (fillfactor = 50)",
    f"ALTER TABLE {TABLE} SET LOGGED",
)

# Signs of life prolong what somebody was once allowed, for a while only: then rights are asked again.
BEAT = definer_function(
    "discussion_presence_beat(uuid[], double precision)",
    "SETOF uuid",
    """
    UPDATE public.discussion_presence p
    SET expires_at = greatest(p.expires_at, least(
        now() + life * interval '1 second', p.renewed_at + interval '75 seconds'))
    WHERE p.token = ANY (tokens) AND p.expires_at > now()
    RETURNING p.token
    """,
    header="tokens uuid[], life double precision",
    volatility="VOLATILE",
)

# Several processes ask at the same time: each row is answered to one of them.
CLEAR = definer_function(
    "discussion_presence_clear(double precision)",
    "TABLE (gone boolean, id uuid, org_id uuid, project_id uuid, actor jsonb, entity_type text, "
    "entity_id text, page text, typing boolean)",
    """
    WITH due AS (
        SELECT d.id, d.expires_at <= now() AS gone FROM public.discussion_presence d
        WHERE d.expires_at <= now() OR d.typing_until <= now()
           OR (d.untold AND d.told_at < now() - pace * interval '1 second')
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM public.discussion_presence p USING due
        WHERE p.id = due.id AND due.gone RETURNING p.*
    ), told AS (
        UPDATE public.discussion_presence p
        SET untold = false, told_at = now(),
            typing_until = CASE WHEN p.typing_until > now() THEN p.typing_until END
        FROM due WHERE p.id = due.id AND NOT due.gone RETURNING p.*
    )
    SELECT true, g.id, g.org_id, g.project_id, g.actor, g.entity_type::text, g.entity_id,
           g.page::text, false FROM gone g
    UNION ALL
    SELECT false, t.id, t.org_id, t.project_id, t.actor, t.entity_type::text, t.entity_id,
           t.page::text, t.typing_until IS NOT NULL FROM told t
    """,
    header="pace double precision",
    volatility="VOLATILE",
)


class Migration(migrations.Migration):
    """The table of who is here, and what is done to it for every tenant at once."""

    dependencies: ClassVar = [("discussion", "0001_initial"), ("tenancy", "0002_integrity")]
    operations: ClassVar = [
        PRESENCE,
        foreign_key(TABLE, "org_id", "tenancy_organization"),
        tenant_foreign_key(TABLE, "project_id", "tenancy_project"),
        UNLOGGED,
        BEAT,
        CLEAR,
    ]
