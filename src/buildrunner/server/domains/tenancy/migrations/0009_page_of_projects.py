"""A page of projects costs what the page holds, however many projects there are."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Cast

from buildrunner.server.platform.db.operations import definer_function

_BEFORE = import_module("buildrunner.server.domains.tenancy.migrations.0005_team_lookups")

# Every branch reads an index in the order of the answer and stops after a page: the projects of
# the organization for those who see all of them, their own memberships for the others. Bounds
# instead of `only_project IS NULL OR ...`, which no index serves; PL/pgSQL, which keeps its plans.
PROJECTS_OF = definer_function(
    "tenancy_projects_of(uuid, uuid, uuid, uuid, integer, boolean, boolean, boolean)",
    "TABLE (id uuid, org_id uuid, title varchar, head_revision integer, head_hash varchar,"
    " created_at timestamptz, updated_at timestamptz, archived_at timestamptz,"
    " org_role varchar, project_role varchar)",
    """
DECLARE
    lowest uuid := coalesce(only_project, '00000000-0000-0000-0000-000000000000');
    highest uuid := coalesce(only_project, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    ceiling uuid := coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
    RETURN QUERY
    SELECT seen.*
      FROM public.tenancy_organizationmembership m
      JOIN public.tenancy_organization o ON o.id = m.org_id
     CROSS JOIN LATERAL (
           (SELECT p.id, p.org_id, p.title, p.head_revision, p.head_hash, p.created_at,
                   p.updated_at, p.archived_at, m.role,
                   (SELECT pm.role FROM public.tenancy_projectmembership pm
                     WHERE pm.org_id = p.org_id AND pm.project_id = p.id
                       AND pm.person_id = person) AS project_role
              FROM public.tenancy_project p
             WHERE m.role IN ('owner', 'admin') AND p.org_id = m.org_id
               AND (p.archived_at IS NOT NULL)::integer = archived::integer
               AND p.id >= lowest AND p.id <= highest AND p.id < ceiling
             ORDER BY p.id DESC
             LIMIT size)
           UNION ALL
           (SELECT p.id, p.org_id, p.title, p.head_revision, p.head_hash, p.created_at,
                   p.updated_at, p.archived_at, m.role, pm.role
              FROM public.tenancy_projectmembership pm
              JOIN public.tenancy_project p ON p.org_id = pm.org_id AND p.id = pm.project_id
             WHERE m.role NOT IN ('owner', 'admin') AND pm.org_id = m.org_id
               AND pm.person_id = person
               AND (p.archived_at IS NOT NULL)::integer = archived::integer
               AND pm.project_id >= lowest AND pm.project_id <= highest
               AND pm.project_id < ceiling
             ORDER BY pm.project_id DESC
             LIMIT size)
           ) AS seen
     WHERE m.person_id = person
       AND (proven OR NOT o.require_mfa)
       AND (secure OR NOT o.enforce_https)
       AND (only_org IS NULL OR m.org_id = only_org)
     ORDER BY seen.id DESC
     LIMIT size;
END
""",
    language="plpgsql",
    volatility="STABLE",
    header="person uuid, only_org uuid, only_project uuid, before uuid, size integer,"
    " archived boolean, proven boolean, secure boolean",
)


def _replacing(function: migrations.RunSQL) -> str:
    return str(function.sql).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0008_delete_sealed_rows")]

    operations: ClassVar = [
        migrations.AddIndex(
            "project",
            models.Index(
                "org_id",
                Cast(
                    models.ExpressionWrapper(
                        models.Q(archived_at__isnull=False), output_field=models.BooleanField()
                    ),
                    models.IntegerField(),
                ),
                "id",
                name="tenancy_project_listing",
            ),
        ),
        migrations.AddIndex(
            "projectmembership",
            models.Index(
                fields=["org_id", "person_id", "project_id"], name="tenancy_projmember_listing"
            ),
        ),
        migrations.RemoveIndex("projectmembership", "tenancy_projmember_person"),
        migrations.RunSQL(_replacing(PROJECTS_OF), _replacing(_BEFORE.PROJECTS_OF)),
    ]
