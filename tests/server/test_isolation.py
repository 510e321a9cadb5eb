"""Tenants are kept apart: by the database, and by every address of the server.

Whatever a new room adds is found here by itself: its tables by their declarations, its addresses
by walking the URL patterns. An address with a parameter this test does not know fails it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from psycopg import sql

from buildrunner.server.config.api import api as ninja_api
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.access import definer_functions, tables
from buildrunner.server.platform.db.scope import SETTING
from factories import Api, Tenant, make_tenant

TENANT_TABLES = sorted(
    (model._meta.db_table, str(model.tenant_column)) for model in tables() if model.tenant_column
)
PLAN = {
    "projectId": "p",
    "title": "P",
    "version": "1.0.0",
    "updatedAt": "2026-01-01T00:00:00Z",
    "milestones": [
        {
            "id": "m1",
            "title": "M",
            "steps": [
                {
                    "id": "m1.s1",
                    "title": "S",
                    "microsteps": [
                        {
                            "id": "m1.s1.ms1",
                            "title": "T",
                            "status": "todo",
                            "criteria": ["c"],
                        }
                    ],
                }
            ],
        }
    ],
}
FLOORS = ("platform", "identity", "tenancy", "plans")


# ---- the database -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: object) -> Iterator[tuple[Tenant, Tenant]]:
    """Two committed tenants with a row in every table that their actions write."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        both = make_tenant(name="One", plan=PLAN), make_tenant(name="Two", plan=PLAN)
        for tenant in both:
            tenancy.create_api_key(tenant.actor, name="o", scopes=["*"], org_id=tenant.org_id)
            Api(tenant.key).post(
                f"/api/projects/{tenant.project_id}/claims", {"microstep_id": "m1.s1.ms1"}
            )
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
    if table not in {"plans_idempotency", "tenancy_projectmembership"}:
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
                    "INSERT INTO {t} SELECT * FROM jsonb_populate_record(null::{t}, %s::jsonb)"
                ).format(t=name),
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


# ---- the addresses ------------------------------------------------------------------------------

# Who may be asked without being known: what they answer is the same for everybody.
OPEN = {
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
}
# Parameters of addresses, as they are named in all rooms.
KNOWN = {"project_id", "org_id", "key_id", "microstep_id", "number", "token", "path", "entity_id"}


def parameters(victim: Tenant) -> dict[str, object]:
    """What an attacker would put into an address: the victim's ids."""
    return {
        "project_id": victim.project_id,
        "org_id": victim.org_id,
        "key_id": victim.key_id,
        "microstep_id": "m1.s1.ms1",
        "number": 1,
        "token": "invented",
        "path": "x",
    }


def patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the server with its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield "/" + route, entry


def addresses() -> list[tuple[str, str]]:
    """Every (method, route): of the API exactly, of pages all methods that could be tried."""
    found: set[tuple[str, str]] = set()
    for router in ninja_api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                whole = "/api/" + "/".join(
                    part.strip("/") for part in (router.prefix, path) if part
                )
                found.update((method, re.sub(r"/+", "/", whole)) for method in operation.methods)
    for route, _ in patterns():
        if not route.startswith("/api/"):
            found.update((method, route) for method in ("GET", "POST"))
    return sorted(found)


ADDRESSES = addresses()
PARAMETER = re.compile(r"[<{](?:\w+:)?(\w+)[>}]")


def fill(route: str, values: dict[str, object]) -> str:
    kind = re.search(r"/(milestones|steps)/", route)
    entity = {"milestones": "m1", "steps": "m1.s1"}.get(kind[1] if kind else "", "m1.s1.ms1")
    return PARAMETER.sub(lambda match: str({**values, "entity_id": entity}[match[1]]), route)


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_every_parameter_is_known_here(method: str, route: str) -> None:
    unknown = set(PARAMETER.findall(route)) - KNOWN
    assert not unknown, f"{route}: teach tests/server/test_isolation.py what {unknown} is"


def secrets_of(victim: Tenant) -> list[str]:
    return ["Victim", victim.person.email, victim.key, "Hidden title"]


@pytest.fixture
def victim(db: None) -> Tenant:
    victim = make_tenant(name="Victim", plan=PLAN)
    tenancy.rename_project(victim.actor, victim.project_id, title="Hidden title")
    return victim


def attackers(tenant: Tenant) -> dict[str, Client]:
    """A stranger by personal key, by organization key, by narrowed key, and by session."""
    _, org_key = tenancy.create_api_key(tenant.actor, name="o", scopes=["*"], org_id=tenant.org_id)
    _, narrow = tenancy.create_api_key(
        tenant.actor,
        name="n",
        scopes=["planner.read"],
        org_id=tenant.org_id,
        project_id=tenant.project_id,
    )
    clients = {
        name: Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
        for name, key in {"key": tenant.key, "org key": org_key, "narrow key": narrow}.items()
    }
    clients["session"] = Client(raise_request_exception=False)
    clients["session"].force_login(tenant.person)
    clients["nobody"] = Client(raise_request_exception=False)
    return clients


BODIES: tuple[object, ...] = (
    {},
    {"title": "Stolen", "name": "Stolen", "scopes": ["*"]},
    {"microstep_id": "m1.s1.ms1", "base_revision": 0, "operations": [], "document": {}},
)


def snapshot(victim: Tenant) -> list[object]:
    """Everything stored of the victim's organization."""
    state: list[object] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(victim.org_id)])
        for table, _ in TENANT_TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            state.append((table, cursor.fetchall()))
        cursor.execute("SELECT set_config(%s, '', true)", [SETTING])
        cursor.execute(
            "SELECT id, scopes, expires_at FROM tenancy_personal_keys(%s)", [victim.person.id]
        )
        state.append(cursor.fetchall())
    return state


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_no_address_opens_another_tenant(
    victim: Tenant, stranger: Tenant, method: str, route: str
) -> None:
    path = fill(route, parameters(victim))
    before = snapshot(victim)
    aimed = set(PARAMETER.findall(route)) & {"project_id", "org_id", "key_id"}
    for name, client in attackers(stranger).items():
        for body in BODIES if method not in {"GET", "DELETE"} else BODIES[:1]:
            answer = client.generic(method, path, json.dumps(body), content_type="application/json")
            what = f"{method} {path} as {name}: {answer.status_code} {answer.content[:300]!r}"
            assert answer.status_code < 500, what
            text = answer.content.decode()
            assert not any(secret in text for secret in secrets_of(victim)), what
            if aimed:
                refused = answer.status_code in {400, 401, 403, 404, 405, 410, 412, 415, 422, 428}
                to_sign_in = answer.status_code == 302 and "/sign-in" in answer["Location"]
                assert refused or (to_sign_in and name not in {"session"}), what
                if name != "nobody" and "project_id" in aimed and method == "GET":
                    assert answer.status_code in {404, 302}, what
    assert snapshot(victim) == before


@pytest.mark.parametrize("route", [route for method, route in ADDRESSES if method == "GET"])
def test_the_same_address_opens_to_its_own_people(victim: Tenant, route: str) -> None:
    """Else the test above would prove nothing."""
    if not set(PARAMETER.findall(route)) & {"project_id", "org_id"}:
        return
    client = Client(raise_request_exception=False)
    client.force_login(victim.person)
    answer = client.get(fill(route, parameters(victim)))
    assert answer.status_code in {200, 302, 400, 405}, answer.content
    if route.startswith("/api/"):
        assert answer.status_code == 200


@pytest.mark.parametrize(("method", "route"), [one for one in ADDRESSES if one[0] != "GET"])
def test_bodies_that_name_another_tenant_open_nothing(
    victim: Tenant, stranger: Tenant, method: str, route: str
) -> None:
    """The attacker's own address, the victim's ids in the body."""
    path = fill(route, parameters(stranger))
    before = snapshot(victim)
    body = {
        "org_id": str(victim.org_id),
        "project_id": str(victim.project_id),
        "person_id": str(victim.person.id),
        "title": "Stolen",
        "name": "Stolen",
        "scopes": ["*"],
    }
    # One at a time too: members that are not declared are refused before the ids are read.
    shapes = [body, {"title": "Stolen", "org_id": body["org_id"]}]
    shapes.append({"name": "Stolen", "scopes": ["*"], "project_id": body["project_id"]})
    client = attackers(stranger)["key"]
    for shape in shapes:
        answer = client.generic(method, path, json.dumps(shape), content_type="application/json")
        assert answer.status_code < 500, answer.content
        assert not any(secret in answer.content.decode() for secret in secrets_of(victim))
    assert snapshot(victim) == before


def test_open_addresses_tell_everybody_the_same(db: None) -> None:
    for method, path in OPEN:
        assert Client().generic(method, path).status_code == 200


def test_actions_refuse_another_tenants_ids(victim: Tenant, stranger: Tenant) -> None:
    """The doors themselves, without HTTP."""
    from buildrunner.server.platform.errors import NotFound

    tries = [
        lambda: tenancy.rename_project(stranger.actor, victim.project_id, title="x"),
        lambda: tenancy.create_project(stranger.actor, title="x", org_id=victim.org_id),
        lambda: tenancy.create_api_key(
            stranger.actor, name="x", scopes=["*"], org_id=victim.org_id
        ),
        lambda: tenancy.create_api_key(
            stranger.actor,
            name="x",
            scopes=["*"],
            org_id=stranger.org_id,
            project_id=victim.project_id,
        ),
        lambda: tenancy.revoke_api_key(stranger.actor, victim.key_id),
        lambda: tenancy.revoke_api_key(stranger.actor, victim.key_id, org_id=stranger.org_id),
        lambda: tenancy.set_org_member(
            stranger.actor, victim.org_id, email=stranger.person.email, role="owner"
        ),
        lambda: tenancy.set_project_member(
            stranger.actor, victim.project_id, email=stranger.person.email, role="pm"
        ),
        lambda: tenancy.remove_org_member(
            stranger.actor, victim.org_id, person_id=victim.person.id
        ),
        lambda: tenancy.organization_keys(stranger.actor, victim.org_id),
        lambda: tenancy.organization_members(stranger.actor, victim.org_id),
        lambda: tenancy.project_members(stranger.actor, victim.project_id),
    ]
    for attempt in tries:
        with pytest.raises(NotFound):
            attempt()
    assert isinstance(victim.org_id, UUID)
