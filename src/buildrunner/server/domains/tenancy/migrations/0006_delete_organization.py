"""The end of an organization: every row that carries its id, whatever room keeps it."""

from typing import ClassVar

from django.db import migrations

from buildrunner.server.platform.db.operations import definer_function

DELETE_ORGANIZATION = definer_function(
    "tenancy_delete_organization(uuid, uuid)",
    "bigint",
    """
DECLARE
    place regclass;
    gone bigint;
    total bigint := 0;
BEGIN
    -- The web role may delete hardly anything; so this asks for itself who is asking.
    IF nullif(current_setting('buildrunner.org_id', true), '')::uuid IS DISTINCT FROM wanted
       OR NOT EXISTS (SELECT 1 FROM public.tenancy_organizationmembership m
                       WHERE m.org_id = wanted AND m.person_id = asker AND m.role = 'owner') THEN
        RAISE insufficient_privilege USING MESSAGE = 'only an owner deletes an organization';
    END IF;
    SET CONSTRAINTS ALL DEFERRED;
    FOR place IN
        SELECT c.oid::regclass FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND a.attname = 'org_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
    LOOP
        EXECUTE format('DELETE FROM %s WHERE org_id = $1', place) USING wanted;
        GET DIAGNOSTICS gone = ROW_COUNT;
        total := total + gone;
    END LOOP;
    DELETE FROM public.tenancy_organization o WHERE o.id = wanted;
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN total;
END
""",
    language="plpgsql",
    volatility="VOLATILE",
    header="wanted uuid, asker uuid",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenancy", "0005_team_lookups")]

    operations: ClassVar = [DELETE_ORGANIZATION]
