"""Bring a database up to date: tables, the roles' rights, the queue. Runs as the owner role."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from buildrunner.server.operations import layout, upgrade
from buildrunner.server.platform.db import access


class Prepared(NamedTuple):
    """How many migrations ran, whether the rights were applied anew, and the backup before."""

    migrations: int
    rights: bool
    backup: str | None = None


def prepare_database(*, force: bool = False, backup: bool = True) -> Prepared:
    """Migrate, grant, upgrade the queue; each only where something has changed, or with `force`.

    A backup is made before tables change, unless `backup` is false. Several hosts may start at
    once: one does it, the others wait and find it done. Raises `OperatorProblem` for a database
    that a newer version has migrated.
    """
    with _alone():
        executor = MigrationExecutor(connection)
        upgrade.refuse_newer(executor)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        kept = None
        if missing:
            kept = upgrade.back_up_before(missing) if backup else None
            call_command("migrate", verbosity=0, interactive=False)
        state = _declared_state()
        stale = bool(missing) or force or _applied_state() != state
        if stale:
            if not missing:
                asyncio.run(_upgrade_queue())
            access.apply_access()
            _remember(state)
        layout.write(Path(settings.DATA_DIR), schema=upgrade.schema_digest())
        return Prepared(len(missing), stale, str(kept) if kept else None)


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('buildrunner prepare', 0))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('buildrunner prepare', 0))")


def _declared_state() -> str:
    """A digest of everything that decides the rights: declarations, roles, versions."""
    declared = {
        "models": sorted(
            [
                model._meta.db_table,
                *map(list, access.declared_grants(model)),
                str(getattr(model, "tenant_column", None)),
            ]
            for model in apps.get_models()
        ),
        "functions": sorted(access.definer_functions()),
        "roles": [settings.BR_WEB_ROLE, settings.BR_READER_ROLE],
        "versions": [version("buildrunner"), version("pgqueuer")],
    }
    text = json.dumps(declared, sort_keys=True, default=str)
    return "access " + hashlib.sha256(text.encode()).hexdigest()


def _applied_state() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('django_migrations'::regclass, 'pg_class')")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _remember(state: str) -> None:
    """The digest stands as a comment on a table that only the owner may comment on."""
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{state}'")


async def _upgrade_queue() -> None:
    # Costs a quarter of a second, and most starts do not come here.
    from buildrunner.server.platform.jobs.upgrade import upgrade_queue

    connecting = psycopg.AsyncConnection.connect(settings.BR_DIRECT_URL, autocommit=True)
    async with await connecting as own:
        await upgrade_queue(own)
