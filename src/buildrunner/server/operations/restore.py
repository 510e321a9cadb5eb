"""`restore FILE`: an installation as a backup knows it, into an empty place or beside the old one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

import buildrunner
from buildrunner.server.operations import backup, environment, erasures
from buildrunner.server.operations.database import keyring_of
from buildrunner.server.operations.words import Words
from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db import dump, embedded
from buildrunner.server.platform.db.backup_file import BackupFile
from buildrunner.server.platform.db.cluster_files import prepare
from buildrunner.server.platform.db.durable import sync_folder
from buildrunner.server.platform.db.roles import Databases, embedded_database, external_database
from buildrunner.server.platform.errors import OperatorProblem

# The keys that are the product's own; the others belong to roles of one PostgreSQL server.
_PRODUCT_KEYS = ("secret_key", "master_key")
# What a data folder holds of one installation; logs and locks stay where they are.
_CONTENTS = ("version.json", "prepared", "secrets.json", "postgres")
# Seconds since 2025: two restores of one backup never share an epoch (see `next_epoch`).
_EPOCHS_BEGIN = 1_735_689_600


class Restored(NamedTuple):
    """What stands now. `kept` names where the old data are, `migrations` how many ran."""

    product: str
    created_at: str
    rows: int
    epoch: int
    keys: bool
    migrations: int
    kept: str | None


def into_folder(source: BackupFile, data_dir: Path, *, replace: bool, say: Words) -> Restored:
    """Restore into a data folder with an embedded PostgreSQL.

    Everything is built in a folder of its own and moved into place when it is whole. What stood
    there is kept in `before-restore-…`, and only `replace` allows that at all.
    """
    data_dir = prepare(data_dir)
    with stopped(data_dir):
        occupied = [name for name in _CONTENTS if (data_dir / name).exists()]
        if occupied and not replace:
            raise OperatorProblem(
                f"{data_dir} already holds an installation ({', '.join(occupied)}).",
                hint="Name an empty folder with --data-dir DIR, or add --replace: what is there "
                "is then kept beside.",
            )
        manifest = _checked(source, say)
        erased = erasures.in_folder(data_dir, say)
        building = data_dir / "restoring"
        shutil.rmtree(building, ignore_errors=True)
        try:
            prepare(building)
            keys = source.keys()
            Keyring(building / "secrets.json").replace(keys)
            with embedded.start(building) as cluster:
                database = embedded_database(cluster)
                epoch, ran = _fill(database, building, source, manifest, say, erased=erased)
            kept = _move_aside(data_dir, occupied) if occupied else None
            for name in _CONTENTS:
                if (building / name).exists():
                    (building / name).rename(data_dir / name)
            sync_folder(data_dir)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return _told(manifest, epoch, bool(keys), ran, str(kept) if kept else None)


def into_database(source: BackupFile, data_dir: Path, *, replace: bool, say: Words) -> Restored:
    """Restore into the PostgreSQL that `DATABASE_URL` names, in one transaction.

    With `replace` the tables that stand there are kept in a schema of their own.
    """
    data_dir = prepare(data_dir)
    with stopped(data_dir):
        manifest = _checked(source, say)
        keys = source.keys()
        held = keyring_of(data_dir)
        databases = external_database(os.environ, held)
        with psycopg.connect(databases.direct, autocommit=True) as connection:
            occupied, former = _occupied(connection, databases)
        kept, first = None, ""
        erased: list[erasures.Known] = []
        if occupied:
            if not replace:
                raise OperatorProblem(
                    "The database that DATABASE_URL names already holds tables.",
                    hint="Point DATABASE_URL at an empty database, or add --replace: the tables "
                    "are then kept in a schema of their own.",
                )
            erased = erasures.in_database(databases.direct)
            kept = f"before_restore_{time.strftime('%Y%m%d_%H%M%S', time.gmtime())}"
            first = f"ALTER SCHEMA public RENAME TO {kept}; CREATE SCHEMA public;\n"
        try:
            epoch, ran = _fill(
                databases, data_dir, source, manifest, say,
                first=first, former=former, erased=erased,
            )  # fmt: skip
        except BaseException:
            _put_back(databases.direct, kept)
            raise
        _take_keys(data_dir, keys, keep_former=occupied)
        (data_dir / "prepared").unlink(missing_ok=True)
    return _told(manifest, epoch, bool(keys), ran, f"schema {kept}" if kept else None)


def _put_back(url: str, kept: str | None) -> None:
    """After a failure: the tables that stood there, in the place of what was loaded."""
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        known = connection.execute("SELECT to_regnamespace(%s)", [kept or ""]).fetchone()
        if kept and known and known[0] is not None:  # else the load itself was taken back
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute(
                sql.SQL("ALTER SCHEMA {} RENAME TO public").format(sql.Identifier(kept))
            )


def _take_keys(data_dir: Path, keys: dict[str, str], *, keep_former: bool) -> None:
    """The product's keys of the backup; what the data folder held stays readable beside."""
    held = keyring_of(data_dir)
    new = {name: keys[name] for name in _PRODUCT_KEYS if name in keys}
    if keep_former and any(held.read(name) not in (None, value) for name, value in new.items()):
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        shutil.copy2(held.path, held.path.with_name(f"secrets.before-restore-{stamp}.json"))
    for name, value in new.items():
        held.keep(name, value)


def next_epoch(manifest: dict[str, Any], former: int | None = None) -> int:
    """An epoch later than that of the backup, of the database that it replaces, and of every
    earlier restore of the same file: clients may hold positions of any of them."""
    return max(int(manifest["epoch"]) + 1, (former or 0) + 1, int(time.time()) - _EPOCHS_BEGIN)


@contextlib.contextmanager
def stopped(data_dir: Path) -> Iterator[None]:
    """Hold the lock that `br up` takes; refuses while a server runs on the folder."""
    with (data_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().split()
            raise OperatorProblem(
                f"A server of {data_dir} runs{f' (process {holder[0]})' if holder else ''}.",
                hint="Stop it first (Ctrl-C in its terminal"
                f"{f', or: kill {holder[0]}' if holder else ''}).",
            ) from None
        if embedded.attach(data_dir) is not None:
            raise OperatorProblem(
                f"The PostgreSQL of {data_dir} is in use by another command.",
                hint="Wait until it has ended, and try again.",
            )
        yield


def _checked(source: BackupFile, say: Words) -> dict[str, Any]:
    manifest = source.check()
    say.done(f"{source.path.name} is whole, made {manifest['created_at']}")
    return manifest


def _fill(
    databases: Databases,
    data_dir: Path,
    source: BackupFile,
    manifest: dict[str, Any],
    say: Words,
    *,
    first: str = "",
    former: int | None = None,
    erased: Sequence[erasures.Known] = (),
) -> tuple[int, int]:
    """Load, compare, begin a new epoch, migrate, apply rights, erase again who had been erased; the
    epoch and the migrations run."""
    base = environment.common(data_dir, environment.public_url(8400))
    os.environ.update(environment.for_owner(base, databases))
    import django

    django.setup()
    from django.db import connections

    from buildrunner.server.operations.prepare import prepare_database

    _refuse_newer(manifest)
    dump.restore(databases.direct, source.database(), source.database(), first=first)
    epoch = _settle(databases, manifest, former)
    say.done("the database is restored and compared")
    try:
        ran = prepare_database(force=True, backup=False).migrations
        if erased:
            from buildrunner.server.domains.audit import facade as audit

            count = audit.reapply_erasures(erased)
            say.done(f"{count} {'person' if count == 1 else 'people'} erased again")
        return epoch, ran
    finally:
        connections.close_all()  # before the database is stopped under them


def _refuse_newer(manifest: dict[str, Any]) -> None:
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        others = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise OperatorProblem(
            f"The backup was made by BuildRunner {manifest['product']}, whose tables "
            f"{buildrunner.__version__} does not know ({unknown[0]}{others}).",
            hint="Upgrade BuildRunner to that version or a later one, then restore.",
        )


def _settle(databases: Databases, manifest: dict[str, Any], former: int | None) -> int:
    """Compare, then begin a new epoch of events: transaction ids do not survive a restore."""
    epoch = next_epoch(manifest, former)
    with psycopg.connect(databases.direct) as connection:
        backup.compare(manifest, dump.counts(connection))
        connection.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION public.events_epoch() RETURNS integer"
                " LANGUAGE sql STABLE AS {}"
            ).format(f"SELECT {epoch}")
        )
    return epoch


def _occupied(connection: psycopg.Connection, databases: Databases) -> tuple[bool, int | None]:
    """Whether tables stand there, and their epoch; refuses while a server is connected."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = ANY(%s)",
        [[databases.web_role, databases.reader_role]],
    ).fetchone()
    if row and row[0]:
        raise OperatorProblem(
            f"{row[0]} connections of a running server use this database.",
            hint="Stop every web and worker process of it first.",
        )
    tables = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace"
    ).fetchone()
    epoch = None
    with contextlib.suppress(psycopg.errors.UndefinedFunction):
        found = connection.execute("SELECT public.events_epoch()").fetchone()
        epoch = int(found[0]) if found else None
    return bool(tables and tables[0]), epoch


def _move_aside(data_dir: Path, names: list[str]) -> Path:
    beside = data_dir / f"before-restore-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    beside.mkdir(mode=0o700)
    for name in reversed(names):  # the cluster first: without it nothing starts half-way
        (data_dir / name).rename(beside / name)
    return beside


def _told(
    manifest: dict[str, Any], epoch: int, keys: bool, migrations: int, kept: str | None
) -> Restored:
    rows = sum(int(table["rows"]) for table in manifest["tables"].values())
    return Restored(
        str(manifest["product"]), str(manifest["created_at"]), rows, epoch, keys, migrations, kept
    )
