"""Questions that precede the tenant scope, answered by functions that run as the owner.

Each answers for one key hash or one person only; `queries.py` is their sole caller.
"""

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import definer_function

# An organization's key dies with its person's membership; a used key notes it once a minute,
# and never waits for another request that is noting the same.
USE_KEY = definer_function(
    "tenancy_use_key(bytea)",
    "TABLE (id uuid, prefix text, name text, person_id uuid, person_name text, org_id uuid,"
    " project_id uuid, scopes jsonb, expires_at timestamptz)",
    """
DECLARE last_use timestamptz;
BEGIN
    SELECT k.id, k.prefix, k.name, k.person_id, p.name, k.org_id, k.project_id, k.scopes,
           k.expires_at, k.last_used_at
      INTO id, prefix, name, person_id, person_name, org_id, project_id, scopes, expires_at,
           last_use
      FROM public.tenancy_apikey k
      JOIN public.identity_person p ON p.id = k.person_id AND p.is_active
     WHERE k.key_hash = wanted
       AND k.revoked_at IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > now())
       AND (k.org_id IS NULL OR EXISTS (
            SELECT 1 FROM public.tenancy_organizationmembership m
             WHERE m.org_id = k.org_id AND m.person_id = k.person_id));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF last_use IS NULL OR last_use < now() - interval '1 minute' THEN
        UPDATE public.tenancy_apikey u SET last_used_at = now()
         WHERE u.id = (SELECT k.id FROM public.tenancy_apikey k
                        WHERE k.key_hash = wanted FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN NEXT;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    header="wanted bytea",
)

ORGANIZATIONS_OF = definer_function(
    "tenancy_organizations_of(uuid)",
    "TABLE (id uuid, name varchar, role varchar, created_at timestamptz)",
    """
    SELECT o.id, o.name, m.role, o.created_at
      FROM public.tenancy_organizationmembership m
      JOIN public.tenancy_organization o ON o.id = m.org_id
     WHERE m.person_id = person
     ORDER BY m.id
""",
    language="sql",
    volatility="STABLE",
    header="person uuid",
)

# On the path of nearly every request: plpgsql keeps the plan, SQL functions before 18 do not.
LOCATE_PROJECT = definer_function(
    "tenancy_locate_project(uuid, uuid)",
    "TABLE (org_id uuid, title varchar, archived_at timestamptz, org_role varchar,"
    " project_role varchar)",
    """
BEGIN
    RETURN QUERY
    SELECT p.org_id, p.title, p.archived_at, m.role, pm.role
      FROM public.tenancy_project p
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

# Owners and admins see every project of their organization, members those they belong to.
PROJECTS_OF = definer_function(
    "tenancy_projects_of(uuid, uuid, uuid, uuid, integer)",
    "TABLE (id uuid, org_id uuid, title varchar, head_revision integer, head_hash varchar,"
    " created_at timestamptz, updated_at timestamptz, archived_at timestamptz,"
    " org_role varchar, project_role varchar)",
    """
    SELECT p.id, p.org_id, p.title, p.head_revision, p.head_hash, p.created_at, p.updated_at,
           p.archived_at, m.role, pm.role
      FROM public.tenancy_organizationmembership m
      JOIN public.tenancy_project p ON p.org_id = m.org_id
      LEFT JOIN public.tenancy_projectmembership pm
        ON pm.org_id = p.org_id AND pm.project_id = p.id AND pm.person_id = person
     WHERE m.person_id = person
       AND (only_org IS NULL OR p.org_id = only_org)
       AND (only_project IS NULL OR p.id = only_project)
       AND (before IS NULL OR p.id < before)
       AND (m.role IN ('owner', 'admin') OR pm.role IS NOT NULL)
       AND p.archived_at IS NULL
     ORDER BY p.id DESC
     LIMIT size
""",
    language="sql",
    volatility="STABLE",
    header="person uuid, only_org uuid, only_project uuid, before uuid, size integer",
)

CREATE_PERSONAL_KEY = definer_function(
    "tenancy_create_personal_key(uuid, uuid, text, text, bytea, jsonb, timestamptz)",
    "timestamptz",
    """
    INSERT INTO public.tenancy_apikey
           (id, created_at, person_id, name, prefix, key_hash, scopes, expires_at)
    VALUES (new_id, now(), person, key_name, key_prefix, hash, key_scopes, expires)
    RETURNING created_at
""",
    language="sql",
    volatility="VOLATILE",
    header="new_id uuid, person uuid, key_name text, key_prefix text, hash bytea,"
    " key_scopes jsonb, expires timestamptz",
)

PERSONAL_KEYS = definer_function(
    "tenancy_personal_keys(uuid)",
    "TABLE (id uuid, name varchar, prefix varchar, scopes jsonb, created_at timestamptz,"
    " expires_at timestamptz, last_used_at timestamptz)",
    """
    SELECT k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at
      FROM public.tenancy_apikey k
     WHERE k.person_id = person AND k.org_id IS NULL AND k.revoked_at IS NULL
     ORDER BY k.id DESC
""",
    language="sql",
    volatility="STABLE",
    header="person uuid",
)

REVOKE_PERSONAL_KEY = definer_function(
    "tenancy_revoke_personal_key(uuid, uuid)",
    "varchar",
    """
    UPDATE public.tenancy_apikey k SET revoked_at = now()
     WHERE k.id = key_id AND k.person_id = person AND k.org_id IS NULL AND k.revoked_at IS NULL
    RETURNING k.prefix
""",
    language="sql",
    volatility="VOLATILE",
    header="person uuid, key_id uuid",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0002_integrity")]

    operations: ClassVar = [
        USE_KEY,
        ORGANIZATIONS_OF,
        LOCATE_PROJECT,
        PROJECTS_OF,
        CREATE_PERSONAL_KEY,
        PERSONAL_KEYS,
        REVOKE_PERSONAL_KEY,
    ]
