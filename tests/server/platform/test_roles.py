"""The three roles of a database, embedded and external."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import (
    Databases,
    embedded_database,
    external_database,
    require_supported,
)
from buildrunner.server.platform.errors import OperatorProblem


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Cluster]:
    place = tmp_path_factory.mktemp("roles") / "data"
    with embedded.start(place, settings={"fsync": "off"}) as cluster:
        yield cluster


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question).fetchall()


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_the_owner_owns_and_the_others_may_only_enter(cluster: embedded.Cluster) -> None:
    first = embedded_database(cluster, "one")
    assert embedded_database(cluster, "one") == first
    run(first.owner, "CREATE TABLE t (x int)")
    flags = ask(
        cluster.superuser_url(),
        "SELECT rolsuper OR rolcreaterole OR rolbypassrls OR rolcreatedb"
        " FROM pg_roles WHERE rolname LIKE 'one%'",
    )
    assert flags == [(False,)] * 3
    for url in (first.web, first.reader):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(url, "SELECT * FROM t")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(url, "CREATE TABLE mine (x int)")


def test_a_second_database_is_closed_to_the_roles_of_the_first(cluster: embedded.Cluster) -> None:
    first, second = embedded_database(cluster, "one"), embedded_database(cluster, "two")
    assert {first.web_role, first.reader_role}.isdisjoint({second.web_role, second.reader_role})
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(first.web.replace("@/one", "@/two"))


@pytest.fixture
def bare(cluster: embedded.Cluster) -> Iterator[dict[str, str]]:
    """A database of somebody else's server, owned by a role that may make roles."""
    admin = cluster.superuser_url()
    run(admin, "CREATE ROLE acme LOGIN CREATEROLE PASSWORD 'x'", "CREATE DATABASE acme OWNER acme")
    url = cluster.url(user="acme", password="x", database="acme")
    yield {"DATABASE_URL": url}
    run(admin, "DROP DATABASE acme WITH (FORCE)")
    run(
        admin,
        "DROP ROLE IF EXISTS acme_web",
        "DROP ROLE IF EXISTS acme_reader",
        "DROP ROLE IF EXISTS acme_plain",
        "DROP ROLE acme",
    )


def current_user(url: str) -> object:
    return ask(url, "SELECT current_user")[0][0]


def test_an_owner_who_may_make_roles_gets_both(bare: dict[str, str], tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "secrets.json")
    made = external_database(bare, keyring)
    assert (current_user(made.web), current_user(made.reader)) == ("acme_web", "acme_reader")
    assert made.notes == ()
    assert external_database(bare, keyring) == made


def test_a_role_of_another_installation_is_never_touched(
    bare: dict[str, str], tmp_path: Path
) -> None:
    made = external_database(bare, Keyring(tmp_path / "first.json"))
    with pytest.raises(OperatorProblem, match="does not hold its password") as refusal:
        external_database(bare, Keyring(tmp_path / "second.json"))
    assert "DATABASE_WEB_URL" in refusal.value.hint
    assert current_user(made.web) == "acme_web"
    shared = {**bare, "DATABASE_WEB_URL": made.web, "DATABASE_READER_URL": made.reader}
    again = external_database(shared, Keyring(tmp_path / "second.json"))
    assert again == made


def test_an_owner_who_may_not_is_told_what_to_type(
    bare: dict[str, str], cluster: embedded.Cluster, tmp_path: Path
) -> None:
    run(cluster.superuser_url(), "ALTER ROLE acme NOCREATEROLE")
    with pytest.raises(OperatorProblem, match="may not make roles") as refusal:
        external_database(bare, Keyring(tmp_path / "secrets.json"))
    assert 'CREATE ROLE "acme_web"' in refusal.value.hint
    assert "DATABASE_WEB_URL and DATABASE_READER_URL" in refusal.value.hint
    # A role that an administrator makes now has a password of its own.
    run(cluster.superuser_url(), "CREATE ROLE acme_web LOGIN PASSWORD 'x'")
    with pytest.raises(OperatorProblem, match="does not hold its password"):
        external_database(bare, Keyring(tmp_path / "secrets.json"))


def test_an_old_server_is_refused() -> None:
    with pytest.raises(OperatorProblem, match="PostgreSQL 14 is too old") as refusal:
        require_supported(140_012)
    assert "DATABASE_URL" in refusal.value.hint
    require_supported(150_000)


def test_a_role_above_row_level_security_is_refused(
    bare: dict[str, str], cluster: embedded.Cluster, tmp_path: Path
) -> None:
    run(cluster.superuser_url(), "CREATE ROLE acme_plain LOGIN BYPASSRLS PASSWORD 'x'")
    plain = cluster.url(user="acme_plain", password="x", database="acme")
    for url in (plain, bare["DATABASE_URL"], cluster.superuser_url("acme")):
        with pytest.raises(OperatorProblem, match="above row-level security"):
            external_database({**bare, "DATABASE_WEB_URL": url}, Keyring(tmp_path / "secrets.json"))


def test_a_superuser_as_owner_is_noted(
    bare: dict[str, str], cluster: embedded.Cluster, tmp_path: Path
) -> None:
    made: Databases = external_database(
        {"DATABASE_URL": cluster.superuser_url("acme")}, Keyring(tmp_path / "secrets.json")
    )
    assert "superuser" in made.notes[0]
    assert urlsplit(made.web).username == "acme_web"


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorProblem, match="DATABASE_URL names does not answer"):
        external_database(
            {"DATABASE_URL": f"postgresql://a@/b?host={tmp_path}"},
            Keyring(tmp_path / "secrets.json"),
        )
