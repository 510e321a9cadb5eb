"""`check`: what is right and what is wrong with an installation, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from buildrunner.server.operations import preflight, upgrade
from buildrunner.server.operations.preflight import Outcome
from buildrunner.server.operations.words import Words
from buildrunner.server.platform.db.access import tables
from buildrunner.server.platform.db.roles import OLDEST, Databases
from buildrunner.server.platform.errors import OperatorProblem


def report(databases: Databases, say: Words, *, number: int = 8400, running: bool = False) -> int:
    """Look at everything, say it, answer 0 when all is well and 1 when not; warnings are well.

    `number` is the port, `running` whether a server of ours has it.
    """
    outcomes = [*_all(databases, number, running)]
    if say.as_json:
        say.emit({"ok": all(one.ok for one in outcomes), "checks": [o._asdict() for o in outcomes]})
    for one in outcomes:
        well = one.ok and not one.warning
        (say.done if well else say.note)(f"{one.name}: {one.detail}")
        if not well and one.remedy:
            say.say(f"      {one.remedy}")
    return 0 if all(one.ok for one in outcomes) else 1


def _all(databases: Databases, number: int, running: bool) -> Iterator[Outcome]:
    yield from preflight.data_folder()
    steps: tuple[Callable[[], Outcome], ...] = (
        _server,
        _settings,
        _migrations,
        _isolation,
        lambda: _signs_in("web role", databases.web, databases.web_role),
        lambda: _signs_in("reader role", databases.reader, databases.reader_role),
    )
    for step in steps:
        yield step()
    yield preflight.clock()
    yield preflight.port(number, running)
    yield from preflight.keys()
    yield preflight.mail()


def _server() -> Outcome:
    version = connection.pg_version  # type: ignore[attr-defined]
    return Outcome(
        "PostgreSQL",
        version >= OLDEST * 10_000,
        f"version {version // 10000}",
        f"BuildRunner needs PostgreSQL {OLDEST} or newer.",
    )


def _settings() -> Outcome:
    found = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    detail = "; ".join(str(message.msg) for message in found)
    return Outcome("settings", not found, detail or "in order")


def _migrations() -> Outcome:
    executor = MigrationExecutor(connection)
    try:
        upgrade.refuse_newer(executor)
    except OperatorProblem as problem:
        return Outcome("tables", False, problem.message, problem.hint)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    detail = f"{len(missing)} migrations to run" if missing else "current"
    return Outcome("tables", not missing, detail, "br server migrate")


def _isolation() -> Outcome:
    """Every tenant table has row-level security, forced."""
    wanted = {model._meta.db_table for model in tables() if model.tenant_column}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND relnamespace = 'public'::regnamespace"
        )
        forced = {row[0] for row in cursor.fetchall()}
    open_tables = sorted(wanted - forced)
    detail = (
        f"not forced on {', '.join(open_tables)}"
        if open_tables
        else f"forced on all {len(wanted)} tenant tables"
    )
    return Outcome("row-level security", not open_tables, detail, "br server migrate --force")


def _signs_in(name: str, url: str, role: str) -> Outcome:
    try:
        with psycopg.connect(url, connect_timeout=5) as own:
            row = own.execute("SELECT count(*) FROM events_event").fetchone()
    except psycopg.Error as problem:
        detail = str(problem).strip().splitlines()[0]
        return Outcome(name, False, f"{role}: {detail}", "br server migrate --force")
    return Outcome(name, row is not None, f"{role} signs in and reads what it may")
