"""The three roles of a database, and their addresses.

The owner migrates. `<database>_web` serves pages, API and jobs and owns nothing, so that row-level
security binds it. `<database>_reader` reads the event table across tenants. Roles belong to a whole
PostgreSQL server, so their names carry the database's: several databases never share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db.embedded import Cluster
from buildrunner.server.platform.errors import OperatorProblem

OLDEST = 15
# An idle writer would hold back every reader of the event table, which stops at the oldest one.
ROLE_SETTINGS = {"idle_in_transaction_session_timeout": "60s"}


class Databases(NamedTuple):
    """Addresses of one database by role, the real role names, and what the operator should know."""

    owner: str
    direct: str
    web: str
    reader: str
    web_role: str
    reader_role: str
    notes: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """The variables that the settings read."""
        return {
            "DATABASE_URL": self.owner,
            "DATABASE_DIRECT_URL": self.direct,
            "DATABASE_WEB_URL": self.web,
            "DATABASE_READER_URL": self.reader,
            "BR_WEB_ROLE": self.web_role,
            "BR_READER_ROLE": self.reader_role,
        }


def role_names(database: str) -> tuple[str, str]:
    """The web and reader role of a database; `OperatorProblem` when its name is too long."""
    if len(database.encode()) > 56:
        raise OperatorProblem(
            f"The database name {database} is too long: role names add to it and end at 63 bytes.",
            hint="Use a database whose name has at most 56 bytes.",
        )
    return f"{database}_web", f"{database}_reader"


def embedded_database(cluster: Cluster, name: str = "buildrunner") -> Databases:
    """The database `name` of an embedded cluster, made with its three roles if it is not there.

    The owner role has the database's name, is no superuser and may not make roles.
    """
    web, reader = role_names(name)
    try:
        connection = psycopg.connect(cluster.superuser_url(), autocommit=True)
    except psycopg.OperationalError as problem:
        raise OperatorProblem(
            f"The embedded PostgreSQL does not accept the password in {cluster.keyring.path}: "
            f"{problem}",
            hint="Restore the file from a backup of the data folder.",
        ) from None
    passwords = {role: cluster.keyring.obtain(f"role {role}") for role in (name, web, reader)}
    with connection:
        present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, password in passwords.items():
            if role not in present:
                _create_role(connection, role, password)
        exists = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if exists is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(*map(sql.Identifier, (name, name)))
            )
            _keep_strangers_out(connection, name, (web, reader))
    urls = [
        cluster.url(user=role, password=passwords[role], database=name)
        for role in (name, web, reader)
    ]
    return Databases(urls[0], urls[0], urls[1], urls[2], web, reader)


def external_database(environment: Mapping[str, str], keyring: Keyring) -> Databases:
    """The database that `DATABASE_URL` names, with its two lesser roles.

    They come from `DATABASE_WEB_URL` and `DATABASE_READER_URL`, else from the keyring, else they
    are made when the owner may make roles. A role that exists but whose password we do not hold is
    never touched: another installation may use it. Raises `OperatorProblem` with what to set.
    """
    owner_url = environment["DATABASE_URL"]
    direct_url = environment.get("DATABASE_DIRECT_URL") or owner_url
    with _connect(direct_url, "DATABASE_URL") as connection:
        database, owner, notes = _judge_owner(connection)
        names = role_names(database)
        addresses: list[tuple[str, str]] = []
        for name, variable, base in zip(
            names,
            ("DATABASE_WEB_URL", "DATABASE_READER_URL"),
            # The reader listens, which a transaction pooler cannot pass on.
            (owner_url, direct_url),
            strict=True,
        ):
            if environment.get(variable):
                url = environment[variable]
            else:
                url = _own_role(connection, keyring, owner, name, variable, base)
            addresses.append((url, _judge_role(connection, url, variable, owner)))
        (web_url, web), (reader_url, reader) = addresses
        for role in (web, reader):
            _allow_connect(connection, database, role)
    return Databases(owner_url, direct_url, web_url, reader_url, web, reader, notes)


def _connect(url: str, variable: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as problem:
        raise OperatorProblem(
            f"The database that {variable} names does not answer: {str(problem).strip()}",
            hint=f"Check {variable}, or unset DATABASE_URL to use the embedded PostgreSQL.",
        ) from None


def require_supported(server_version: int) -> None:
    """Refuse a server that is too old; the version as libpq gives it (`150018` is 15.18)."""
    if server_version < OLDEST * 10_000:
        raise OperatorProblem(
            f"PostgreSQL {server_version // 10_000} is too old; "
            f"BuildRunner needs {OLDEST} or newer.",
            hint="Point DATABASE_URL at a newer server, or unset it to use the embedded one.",
        )


def _judge_owner(connection: psycopg.Connection) -> tuple[str, str, tuple[str, ...]]:
    """The database and owner role; refuses what cannot work, notes what is unwise."""
    require_supported(connection.info.server_version)
    row = connection.execute(
        "SELECT current_database(), current_user, rolsuper,"
        " has_schema_privilege(current_user, 'public', 'CREATE')"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None  # noqa: S101
    database, owner, superuser, may_create = row
    if not may_create:
        raise OperatorProblem(
            f"The role {owner} may not make tables in the database {database}.",
            hint=f'As an administrator: ALTER DATABASE "{database}" OWNER TO "{owner}";',
        )
    notes = (
        (
            f"DATABASE_URL uses the superuser {owner}. It works, but a plain role that owns the "
            f"database is safer: CREATE ROLE \"{database}\" LOGIN CREATEROLE PASSWORD '…';",
        )
        if superuser
        else ()
    )
    return database, owner, notes


def _own_role(
    connection: psycopg.Connection,
    keyring: Keyring,
    owner: str,
    role: str,
    variable: str,
    base: str,
) -> str:
    """The address of a role that we made, now or earlier."""
    place = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
    secret = f"role {role} at {place}"
    held = keyring.read(secret)
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists is not None and held is None:
        raise OperatorProblem(
            f"The role {role} exists on {place}, and this data folder does not hold its password "
            "(another installation may have made it).",
            hint=f"Set {variable} to that role's address; the installation that made it keeps the "
            "password in secrets.json of its data folder.",
        )
    if exists is None and not _may_make_roles(connection):
        web, reader = role_names(connection.info.dbname)
        raise OperatorProblem(
            f"The role {owner} may not make roles, and {variable} is not set.",
            hint=f'As an administrator: ALTER ROLE "{owner}" CREATEROLE; or make both roles, '
            f'CREATE ROLE "{web}" LOGIN PASSWORD \'…\'; and CREATE ROLE "{reader}" LOGIN PASSWORD '
            "'…'; and set DATABASE_WEB_URL and DATABASE_READER_URL to their addresses.",
        )
    password = held or keyring.obtain(secret)
    if exists is None:
        _create_role(connection, role, password)
    return _with_user(base, owner, role, password)


def _may_make_roles(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def _with_user(url: str, owner: str, role: str, password: str) -> str:
    """The same address for another role (poolers add a suffix to the user: `owner.project`)."""
    parts = urlsplit(url)
    suffix = (parts.username or "").removeprefix(owner)
    user = role + suffix if suffix.startswith(".") else role
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"
    return urlunsplit(parts._replace(netloc=netloc))


def _judge_role(connection: psycopg.Connection, url: str, variable: str, owner: str) -> str:
    """Sign in as the lesser role and make sure that row-level security binds it."""
    with _connect(url, variable) as own:
        row = own.execute("SELECT current_user").fetchone()
    role = str(row[0]) if row else ""
    answer = connection.execute(
        "SELECT rolsuper OR rolbypassrls, pg_has_role(rolname, %s, 'MEMBER')"
        " FROM pg_roles WHERE rolname = %s",
        [owner, role],
    ).fetchone()
    if answer is None or answer[0] or answer[1]:
        raise OperatorProblem(
            f"The role {role} ({variable}) stands above row-level security: it is the owner, a "
            "superuser, or bypasses it. Tenants would not be kept apart.",
            hint=f"Unset {variable}, or name a plain role: CREATE ROLE … LOGIN PASSWORD '…';",
        )
    return role


def _create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    """Only the SCRAM verifier travels, so that no server log holds the password."""
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), verifier)
    )
    for name, value in ROLE_SETTINGS.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                sql.Identifier(role), sql.Identifier(name), value
            )
        )


def _keep_strangers_out(
    connection: psycopg.Connection, database: str, roles: tuple[str, ...]
) -> None:
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for role in roles:
        _allow_connect(connection, database, role)


def _allow_connect(connection: psycopg.Connection, database: str, role: str) -> None:
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(*map(sql.Identifier, (database, role)))
    )
