"""One project with its asker's roles in one statement: what `br` and pages ask for most."""

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import definer_function

LOOK_AT_PROJECT = definer_function(
    "tenancy_look_at_project(uuid, uuid)",
    "TABLE (org_id uuid, title varchar, archived_at timestamptz, org_role varchar,"
    " project_role varchar, require_mfa boolean, enforce_https boolean, head_revision integer,"
    " head_hash varchar, created_at timestamptz, updated_at timestamptz)",
    """
BEGIN
    RETURN QUERY
    SELECT p.org_id, p.title, p.archived_at, m.role, pm.role, o.require_mfa, o.enforce_https,
           p.head_revision, p.head_hash, p.created_at, p.updated_at
      FROM public.tenancy_project p
      JOIN public.tenancy_organization o ON o.id = p.org_id
      JOIN public.tenancy_organizationmembership m
        ON m.org_id = p.org_id AND m.person_id = person
      LEFT JOIN public.tenancy_projectmembership pm
        ON pm.org_id = p.org_id AND pm.project_id = p.id AND pm.person_id = person
     WHERE p.id = project;
END
""",
    language="plpgsql",
    volatility="STABLE",
    header="project uuid, person uuid",
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("tenancy", "0006_delete_organization")]

    operations = [LOOK_AT_PROJECT]
