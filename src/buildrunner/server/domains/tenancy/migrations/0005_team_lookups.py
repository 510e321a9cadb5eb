"""Foreign keys of the new columns, and the look-up functions that know them."""

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)

# A member is a person or a service account of the same organization.
DROP_PERSON = migrations.RunSQL(
    sql=(
        "ALTER TABLE tenancy_organizationmembership"
        " DROP CONSTRAINT tenancy_organizationmembership_person_id_fk"
    ),
    reverse_sql=(
        "ALTER TABLE tenancy_organizationmembership"
        " ADD CONSTRAINT tenancy_organizationmembership_person_id_fk"
        " FOREIGN KEY (person_id) REFERENCES identity_person (id)"
        " ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE"
    ),
)


def drop_function(signature: str) -> migrations.RunSQL:
    """Makes room for the function's next form; `0003_lookups` holds the former one."""
    return migrations.RunSQL(sql=f"DROP FUNCTION {signature}", reverse_sql=migrations.RunSQL.noop)


# An organization's key dies with the membership of whom it acts for; a used key notes it once a
# minute, and never waits for another request that is noting the same.
USE_KEY = definer_function(
    "tenancy_use_key(bytea)",
    "TABLE (id uuid, prefix text, name text, person_id uuid, person_name text, org_id uuid,"
    " project_id uuid, scopes jsonb, expires_at timestamptz, service boolean)",
    """
DECLARE last_use timestamptz;
        idle smallint;
BEGIN
    SELECT k.id, k.prefix, k.name, coalesce(k.service_id, k.person_id), coalesce(s.name, p.name),
           k.org_id, k.project_id, k.scopes, k.expires_at, k.service_id IS NOT NULL,
           k.last_used_at, k.idle_days
      INTO id, prefix, name, person_id, person_name, org_id, project_id, scopes, expires_at,
           service, last_use, idle
      FROM public.tenancy_apikey k
      JOIN public.identity_person p ON p.id = k.person_id
      LEFT JOIN public.tenancy_serviceaccount s ON s.org_id = k.org_id AND s.id = k.service_id
     WHERE k.key_hash = wanted
       AND k.revoked_at IS NULL
       AND (k.expires_at IS NULL OR k.expires_at > now())
       AND (p.is_active OR k.service_id IS NOT NULL)
       AND (k.org_id IS NULL OR EXISTS (
            SELECT 1 FROM public.tenancy_organizationmembership m
             WHERE m.org_id = k.org_id AND m.person_id = coalesce(k.service_id, k.person_id)));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF last_use IS NULL OR last_use < now() - interval '1 minute' THEN
        UPDATE public.tenancy_apikey u
           SET last_used_at = now(),
               expires_at = CASE WHEN idle IS NULL THEN u.expires_at
                                 ELSE now() + make_interval(days => idle) END
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

# On the path of nearly every request: one round trip finds the project, the roles and what the
# organization demands of whoever enters.
LOCATE_PROJECT = definer_function(
    "tenancy_locate_project(uuid, uuid)",
    "TABLE (org_id uuid, title varchar, archived_at timestamptz, org_role varchar,"
    " project_role varchar, require_mfa boolean, enforce_https boolean)",
    """
BEGIN
    RETURN QUERY
    SELECT p.org_id, p.title, p.archived_at, m.role, pm.role, o.require_mfa, o.enforce_https
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

# Owners and admins see every project of their organization, members those they belong to; nobody
# sees those of an organization that would not let them in.
PROJECTS_OF = definer_function(
    "tenancy_projects_of(uuid, uuid, uuid, uuid, integer, boolean, boolean, boolean)",
    "TABLE (id uuid, org_id uuid, title varchar, head_revision integer, head_hash varchar,"
    " created_at timestamptz, updated_at timestamptz, archived_at timestamptz,"
    " org_role varchar, project_role varchar)",
    """
    SELECT p.id, p.org_id, p.title, p.head_revision, p.head_hash, p.created_at, p.updated_at,
           p.archived_at, m.role, pm.role
      FROM public.tenancy_organizationmembership m
      JOIN public.tenancy_organization o ON o.id = m.org_id
      JOIN public.tenancy_project p ON p.org_id = m.org_id
      LEFT JOIN public.tenancy_projectmembership pm
        ON pm.org_id = p.org_id AND pm.project_id = p.id AND pm.person_id = person
     WHERE m.person_id = person
       AND (proven OR NOT o.require_mfa)
       AND (secure OR NOT o.enforce_https)
       AND (only_org IS NULL OR p.org_id = only_org)
       AND (only_project IS NULL OR p.id = only_project)
       AND (before IS NULL OR p.id < before)
       AND (m.role IN ('owner', 'admin') OR pm.role IS NOT NULL)
       AND (p.archived_at IS NOT NULL) = archived
     ORDER BY p.id DESC
     LIMIT size
""",
    language="sql",
    volatility="STABLE",
    header="person uuid, only_org uuid, only_project uuid, before uuid, size integer,"
    " archived boolean, proven boolean, secure boolean",
)

CREATE_PERSONAL_KEY = definer_function(
    "tenancy_create_personal_key(uuid, uuid, text, text, bytea, jsonb, timestamptz, integer)",
    "timestamptz",
    """
    INSERT INTO public.tenancy_apikey
           (id, created_at, person_id, name, prefix, key_hash, scopes, expires_at, idle_days)
    VALUES (new_id, now(), person, key_name, key_prefix, hash, key_scopes, expires, idle)
    RETURNING created_at
""",
    language="sql",
    volatility="VOLATILE",
    header="new_id uuid, person uuid, key_name text, key_prefix text, hash bytea,"
    " key_scopes jsonb, expires timestamptz, idle integer",
)

PERSONAL_KEYS = definer_function(
    "tenancy_personal_keys(uuid)",
    "TABLE (id uuid, name varchar, prefix varchar, scopes jsonb, created_at timestamptz,"
    " expires_at timestamptz, last_used_at timestamptz, idle_days smallint, replaced_by uuid)",
    """
    SELECT k.id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, k.last_used_at,
           k.idle_days, k.replaced_by
      FROM public.tenancy_apikey k
     WHERE k.person_id = person AND k.org_id IS NULL AND k.revoked_at IS NULL
       AND (k.replaced_by IS NULL OR k.expires_at > now())
     ORDER BY k.id DESC
""",
    language="sql",
    volatility="STABLE",
    header="person uuid",
)

# True when it was the person's own, held, and was not replaced before.
REPLACE_PERSONAL_KEY = definer_function(
    "tenancy_replace_personal_key(uuid, uuid, uuid, timestamptz)",
    "boolean",
    """
    UPDATE public.tenancy_apikey k
       SET replaced_by = successor,
           idle_days = NULL,
           expires_at = least(k.expires_at, ends),
           revoked_at = CASE WHEN ends <= clock_timestamp() THEN now() END
     WHERE k.id = key_id AND k.person_id = person AND k.org_id IS NULL AND k.revoked_at IS NULL
       AND k.replaced_by IS NULL
    RETURNING true
""",
    language="sql",
    volatility="VOLATILE",
    header="person uuid, key_id uuid, successor uuid, ends timestamptz",
)

# By the hash of a token, or the open ones of an address.
FIND_INVITATIONS = definer_function(
    "tenancy_find_invitations(bytea, text)",
    "TABLE (id uuid, org_id uuid, organization varchar, email varchar, role varchar,"
    " inviter varchar, expires_at timestamptz, accepted_at timestamptz, withdrawn_at timestamptz)",
    """
    SELECT i.id, i.org_id, o.name, i.email, i.role, i.inviter, i.expires_at, i.accepted_at,
           i.withdrawn_at
      FROM public.tenancy_invitation i
      JOIN public.tenancy_organization o ON o.id = i.org_id
     WHERE i.token_hash = hash
    UNION ALL
    SELECT i.id, i.org_id, o.name, i.email, i.role, i.inviter, i.expires_at, i.accepted_at,
           i.withdrawn_at
      FROM public.tenancy_invitation i
      JOIN public.tenancy_organization o ON o.id = i.org_id
     WHERE i.email = address AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL
       AND i.expires_at > now()
     ORDER BY 1
""",
    language="sql",
    volatility="STABLE",
    header="hash bytea, address text",
)

STRICTEST_SECURITY = definer_function(
    "tenancy_strictest_security(uuid)",
    "TABLE (require_mfa boolean, session_timeout integer, max_login_attempts integer,"
    " enforce_https boolean)",
    """
    SELECT bool_or(o.require_mfa), min(o.session_timeout), min(o.max_login_attempts)::integer,
           bool_or(o.enforce_https)
      FROM public.tenancy_organizationmembership m
      JOIN public.tenancy_organization o ON o.id = m.org_id
     WHERE m.person_id = person
""",
    language="sql",
    volatility="STABLE",
    header="person uuid",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0004_teams"), ("identity", "0001_initial")]

    operations: ClassVar = [
        DROP_PERSON,
        foreign_key("tenancy_organizationmembership", "human_id", "identity_person"),
        foreign_key("tenancy_serviceaccount", "org_id", "tenancy_organization"),
        foreign_key("tenancy_serviceaccount", "created_by", "identity_person"),
        tenant_foreign_key(
            "tenancy_organizationmembership", "service_id", "tenancy_serviceaccount"
        ),
        tenant_foreign_key("tenancy_apikey", "service_id", "tenancy_serviceaccount"),
        foreign_key("tenancy_invitation", "org_id", "tenancy_organization"),
        foreign_key("tenancy_invitation", "accepted_by", "identity_person"),
        drop_function("tenancy_use_key(bytea)"),
        USE_KEY,
        drop_function("tenancy_locate_project(uuid, uuid)"),
        LOCATE_PROJECT,
        drop_function("tenancy_projects_of(uuid, uuid, uuid, uuid, integer)"),
        PROJECTS_OF,
        drop_function(
            "tenancy_create_personal_key(uuid, uuid, text, text, bytea, jsonb, timestamptz)"
        ),
        CREATE_PERSONAL_KEY,
        drop_function("tenancy_personal_keys(uuid)"),
        PERSONAL_KEYS,
        REPLACE_PERSONAL_KEY,
        FIND_INVITATIONS,
        STRICTEST_SECURITY,
    ]
