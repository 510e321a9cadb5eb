"""The database keeps tenants apart, whatever the code does.

The tables of a new room are found by their declarations. tests/server/test_isolation_routes.py tries
every address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import sql

from buildrunner.server.config.event_rights import judge
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.access import definer_functions, tables
from buildrunner.server.platform.db.scope import SETTING
from buildrunner.server.platform.errors import DomainError, NotFound, NotSignedIn
from buildrunner.server.platform.realtime.audience import Audience
from factories import Api, Tenant, make_tenant, small_plan
from factories.anomalies import make_watching_rows
from factories.arbitrations import make_arbitration
from factories.blueprints import make_blueprint_rows
from factories.budgets import make_budget_rows
from factories.drafts import make_draft
from factories.drift import make_drift_rows
from factories.evidence import make_proof_rows
from factories.governance import make_governance_rows
from factories.ledgers import make_ledger
from factories.notices import make_notices
from factories.providers import make_provider
from factories.rescopes import make_rescope
from factories.routes import make_route
from factories.runs import make_run
from factories.talk import make_place, make_talk
from factories.teams import make_team
from factories.usage import make_usage_rows
from factories.webhooks import make_log

TENANT_TABLES = sorted(
    (model._meta.db_table, str(model.tenant_column)) for model in tables() if model.tenant_column
)
FLOORS = (
    "platform",
    "identity",
    "tenancy",
    "plans",
    "notifications",
    "audit",
    "entitlements",
    "governance",
    "discussion",
    "metering",
    "qa",
    "blueprints",
    "ai",
    "workbench",
    "analytics",
)


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: object) -> Iterator[tuple[Tenant, Tenant]]:
    """Two committed tenants with a row in every table that their actions write."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        both = (
            make_tenant(name="One", plan=small_plan()),
            make_tenant(name="Two", plan=small_plan()),
        )
        for tenant in both:
            tenancy.create_api_key(tenant.actor, name="o", scopes=["*"], org_id=tenant.org_id)
            tenancy.create_service_account(
                tenant.actor, tenant.org_id, name="Build server", role="member"
            )
            tenancy.invite(tenant.actor, tenant.org_id, email="in@example.test", role="member")
            Api(tenant.key).post(
                f"/api/projects/{tenant.project_id}/claims", {"microstep_id": "m1.s1.ms1"}
            )
            entitlements.set_tier(SYSTEM, tenant.org_id, tier="enterprise")
            make_talk(tenant)
            make_place(tenant)
            make_team(tenant)
            make_log(tenant)
            make_notices(tenant)
            make_ledger(tenant)
            make_proof_rows(tenant)
            make_governance_rows(tenant)
            make_drift_rows(tenant)
            make_draft(tenant)
            make_blueprint_rows(tenant)
            make_rescope(tenant)
            make_run(tenant)
            make_usage_rows(tenant)
            make_budget_rows(tenant)
            make_provider(tenant)
            make_route(tenant)
            make_arbitration(tenant)
            make_watching_rows(tenant)
        yield both
        connection.close()


@pytest.fixture
def scoped(web_sql: psycopg.Connection, pair: tuple[Tenant, Tenant]) -> psycopg.Connection:
    """The web role in the scope of the first tenant."""
    web_sql.execute("SELECT set_config(%s, %s, false)", [SETTING, str(pair[0].org_id)])
    return web_sql


def count(connection: psycopg.Connection, table: str, where: str = "true", *values: object) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE " + where).format(sql.Identifier(table))
    row = connection.execute(query, values).fetchone()
    assert row
    return int(row[0])


def test_every_model_of_ours_declares_its_access() -> None:
    declared = {model._meta.db_table for model in tables()}
    for model in apps.get_models():
        ours = model.__module__.startswith("buildrunner.server.domains.")
        if ours and any(field.name == "org_id" for field in model._meta.fields):
            assert model._meta.db_table in declared, f"{model} has org_id but is no TenantRow"
            assert dict(TENANT_TABLES).get(model._meta.db_table), f"{model} has no tenant column"


@pytest.mark.parametrize(("table", "column"), TENANT_TABLES)
def test_row_security_is_forced(owner_sql: psycopg.Connection, table: str, column: str) -> None:
    row = owner_sql.execute(
        "SELECT relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner)"
        " FROM pg_class WHERE oid = to_regclass(%s)",
        [table],
    ).fetchone()
    assert row is not None
    enabled, forced, owner = row
    assert (enabled, forced) == (True, True)
    assert owner not in (settings.BR_WEB_ROLE, settings.BR_READER_ROLE)
    policies = owner_sql.execute(
        "SELECT policyname, roles::text[], qual, with_check, cmd, permissive FROM pg_policies"
        " WHERE tablename = %s AND %s = ANY (roles::text[]) OR tablename = %s AND 'public' ="
        " ANY (roles::text[])",
        [table, settings.BR_WEB_ROLE, table],
    ).fetchall()
    assert len(policies) == 1, policies
    (_, _, reads, writes, command, _) = policies[0]
    assert command == "ALL"
    assert reads == writes
    assert re.match(rf"\(\(?{column} = ", reads), reads


def test_the_web_role_stands_under_the_policies(owner_sql: psycopg.Connection) -> None:
    for role in (settings.BR_WEB_ROLE, settings.BR_READER_ROLE):
        row = owner_sql.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,"
            " pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()
        assert row == (False,) * 6
        owned = owner_sql.execute(
            "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", [role]
        ).fetchall()
        assert owned == []


@pytest.mark.parametrize(("table", "column"), TENANT_TABLES)
def test_without_a_scope_nothing_is_seen(
    web_sql: psycopg.Connection,
    owner_sql: psycopg.Connection,
    pair: tuple[Tenant, Tenant],
    table: str,
    column: str,
) -> None:
    assert count(web_sql, table) == 0
    web_sql.execute("SELECT set_config(%s, '', false)", [SETTING])
    assert count(web_sql, table) == 0
    if table not in {
        *("plans_idempotency", "tenancy_projectmembership"),
        *("audit_node", "audit_segment"),  # written for 256 records, and by retention
    }:
        assert count(owner_sql, table) > 0, f"{table} is empty: `pair` should write a row"


@pytest.mark.parametrize(("table", "column"), TENANT_TABLES)
def test_in_a_scope_only_its_rows(
    scoped: psycopg.Connection, pair: tuple[Tenant, Tenant], table: str, column: str
) -> None:
    assert count(scoped, table, f"{column} IS DISTINCT FROM %s", pair[0].org_id) == 0
    assert count(scoped, table, f"{column} = %s", pair[1].org_id) == 0


@pytest.mark.parametrize(("table", "column"), TENANT_TABLES)
def test_rows_of_others_cannot_be_written(
    scoped: psycopg.Connection,
    owner_sql: psycopg.Connection,
    pair: tuple[Tenant, Tenant],
    table: str,
    column: str,
) -> None:
    name = sql.Identifier(table)
    # PostgreSQL refuses values for generated columns before it asks the policies.
    columns = owner_sql.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchall()
    written = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    copied = owner_sql.execute(
        sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE {} = %s LIMIT 1").format(
            name, sql.Identifier(column)
        ),
        [pair[1].org_id],
    ).fetchone()
    if copied:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            scoped.execute(
                sql.SQL(
                    "INSERT INTO {t} ({w}) SELECT {w}"
                    " FROM jsonb_populate_record(null::{t}, %s::jsonb)"
                ).format(t=name, w=written),
                [json.dumps(copied[0])],
            )
    give_away = sql.SQL("UPDATE {} SET {} = %s").format(name, sql.Identifier(column))
    assert refused(scoped, give_away, pair[1].org_id)
    for statement in ("UPDATE {t} SET {c} = {c} WHERE {c} = %s", "DELETE FROM {t} WHERE {c} = %s"):
        aimed = sql.SQL(statement).format(t=name, c=sql.Identifier(column))
        assert refused(scoped, aimed, pair[1].org_id)


def refused(connection: psycopg.Connection, statement: sql.Composed, value: object) -> bool:
    """Whether a statement is refused or meets no row."""
    try:
        return connection.execute(statement, [value]).rowcount == 0
    except psycopg.errors.InsufficientPrivilege:
        return True


def test_personal_keys_match_no_scope(
    scoped: psycopg.Connection, pair: tuple[Tenant, Tenant]
) -> None:
    assert count(scoped, "tenancy_apikey", "org_id IS NULL") == 0
    assert count(scoped, "tenancy_apikey") == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        scoped.execute("UPDATE tenancy_apikey SET org_id = NULL")


def test_a_row_cannot_point_into_another_tenant(
    scoped: psycopg.Connection, pair: tuple[Tenant, Tenant]
) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        scoped.execute(
            "INSERT INTO tenancy_projectmembership"
            " (id, created_at, org_id, project_id, person_id, role)"
            " VALUES (gen_random_uuid(), now(), %s, %s, %s, 'viewer')",
            [pair[0].org_id, pair[1].project_id, pair[0].person.id],
        )


def test_look_up_functions_are_closed_but_to_the_web_role(owner_sql: psycopg.Connection) -> None:
    found = owner_sql.execute(
        "SELECT p.oid::regprocedure::text, p.proconfig,"
        " has_function_privilege('public', p.oid, 'EXECUTE')"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    ).fetchall()
    short = {"timestamptz": "timestamp with time zone"}
    declared = {
        re.sub(r"\w+", lambda word: short.get(word[0], word[0]), signature).replace(", ", ",")
        for signature in definer_functions()
    }
    assert {signature for signature, _, _ in found} == declared
    for signature, config, public in found:
        assert (config or [""])[0].startswith("search_path=pg_catalog"), signature
        assert not public, signature


def test_foreign_keys_point_down() -> None:
    def floor(model: type[models.Model]) -> int:
        match = re.match(r"buildrunner\.server\.(?:domains\.)?(\w+)", model.__module__)
        if match is None:
            return -1  # Django's own
        return FLOORS.index(match[1])

    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and model.__module__.startswith("buildrunner"):
                target = field.remote_field.model
                assert floor(target) <= floor(model), f"{field} points up"
                rooms = {model._meta.app_label, target._meta.app_label}
                assert len(rooms) == 1, f"{field}: across rooms keep a plain id"


def test_models_and_migrations_agree(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_event_stream_opens_no_other_tenant(pair: tuple[Tenant, Tenant]) -> None:
    """The stream is a native route, so the walk above does not meet it."""
    victim, stranger = pair

    def told(headers: dict[str, str], project_id: UUID | None) -> Audience | type[Exception]:
        try:
            with ThreadPoolExecutor(1) as thread:  # judges close their connection
                return thread.submit(judge, headers, project_id).result()
        except DomainError as refusal:
            return type(refusal)

    mine = {"authorization": f"Bearer {stranger.key}"}
    audience = told(mine, None)
    assert isinstance(audience, Audience)
    assert audience.organizations | audience.homes() == {stranger.org_id}
    assert isinstance(told(mine, stranger.project_id), Audience)
    assert told(mine, victim.project_id) is NotFound
    for nobody in ({}, {"authorization": "Bearer br_wrong"}, {"cookie": "buildrunner_session=a"}):
        assert told(nobody, victim.project_id) is NotSignedIn
