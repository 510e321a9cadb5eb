"""`backup FILE`: the whole installation in one file, taken from the running server and tried out."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

import buildrunner
from buildrunner.server.operations.words import Words
from buildrunner.server.platform.crypto.keyring import Keyring, passphrase_in
from buildrunner.server.platform.db import dump, embedded
from buildrunner.server.platform.db.backup_file import (
    DATABASE,
    FORMAT,
    KEYS,
    MANIFEST,
    BackupFile,
    BackupWriter,
    new_file,
)
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.errors import OperatorProblem

# Where verification loads the copy, nobody misses what a power cut takes.
_CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Taken(NamedTuple):
    """What a backup holds."""

    path: Path
    size: int
    rows: int
    tables: int
    encrypted: bool
    keys: bool
    verified: bool


def take(
    databases: Databases,
    path: Path,
    *,
    keys: Mapping[str, str] | None,
    passphrase: str | None,
    verify: bool = True,
    say: Words | None = None,
) -> Taken:
    """Write a backup of a database that may be in use; it stands under `path` once it is whole.

    `keys` is the keyring to put in (`None`: none). With `verify` the copy is restored into a
    PostgreSQL of its own and compared, table by table, with what was read.
    """
    path = path.expanduser().absolute()
    with new_file(path) as (file, partial):
        with dump.snapshot(databases.direct) as moment:
            manifest = _manifest(moment, databases, keyed=keys is not None, sealed=bool(passphrase))
            if say:
                say.done(f"{len(manifest['tables'])} tables read in one snapshot")
            writer = BackupWriter(file, passphrase)
            writer.add(MANIFEST, json.dumps(manifest, indent=1).encode())
            writer.add_parts(DATABASE, moment.dump())
        if keys is not None:
            writer.add(KEYS, json.dumps(dict(keys)).encode())
        writer.finish()
        file.flush()
        if say:
            say.done(f"{partial.stat().st_size:,} bytes written")
        if verify:
            try_out(BackupFile(partial, passphrase))
            if say:
                say.done("verified: restored beside, every table compared")
        size = partial.stat().st_size
    counted = manifest["tables"].values()
    return Taken(
        path,
        size,
        sum(int(table["rows"]) for table in counted),
        len(counted),
        bool(passphrase),
        keys is not None,
        verify,
    )


def try_out(backup: BackupFile) -> dict[str, Any]:
    """Restore a backup into a new PostgreSQL and compare every table; its manifest.

    Raises `OperatorProblem` naming the tables that differ.
    """
    manifest = backup.check()
    with tempfile.TemporaryDirectory(prefix="buildrunner-verify-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # the account that runs PostgreSQL for root has to pass
        with embedded.start(place / "data", settings=_CARELESS) as cluster:
            url = cluster.superuser_url()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE verification TEMPLATE template0")
            url = cluster.superuser_url("verification")
            dump.restore(url, backup.database(), backup.database())
            with psycopg.connect(url) as connection:
                compare(manifest, dump.counts(connection))
    return manifest


def compare(manifest: Mapping[str, Any], found: Mapping[str, dump.Count]) -> None:
    """Raise `OperatorProblem` unless every table holds what the manifest says."""
    told = {
        name: dump.Count(int(table["rows"]), str(table["digest"]))
        for name, table in manifest["tables"].items()
    }
    different = sorted(name for name in {*told, *found} if told.get(name) != found.get(name))
    if different:
        raise OperatorProblem(
            f"The copy differs from the original in {', '.join(different[:8])}.",
            hint="The file is not to be trusted; take another backup.",
        )


def _manifest(
    moment: dump.Snapshot, databases: Databases, *, keyed: bool, sealed: bool
) -> dict[str, Any]:
    connection = moment.connection
    known = connection.execute("SELECT to_regclass('public.django_migrations')").fetchone()
    if known is None or known[0] is None:
        raise OperatorProblem(
            "The database holds no tables of BuildRunner yet; there is nothing to back up.",
            hint="br up   (or: br server migrate)",
        )
    migrations = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    epoch = connection.execute("SELECT events_epoch()").fetchone()
    return {
        "format": FORMAT,
        "product": buildrunner.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "postgresql": moment.server_version,
        "roles": {"web": databases.web_role, "reader": databases.reader_role},
        "epoch": int(epoch[0]) if epoch else 1,
        "migrations": [f"{app}.{name}" for app, name in migrations],
        "tables": {name: count._asdict() for name, count in moment.counts().items()},
        "keys": keyed,
        "encrypted": sealed,
    }


def keys_in_use(keyring: Keyring, passphrase: str | None) -> dict[str, str]:
    """The keyring with the keys that the server really uses, wherever they came from.

    Refuses to take them out of a keyring under a passphrase into a file without one.
    """
    if keyring.protected and not passphrase:
        raise OperatorProblem(
            "The keyring is under a passphrase; the backup would hold its keys in the clear.",
            hint="Seal the backup too with --passphrase-file FILE, or leave the keys out with "
            "--without-keys.",
        )
    held = keyring.everything()
    for name, variable in (("secret_key", "BR_SECRET_KEY"), ("master_key", "BR_MASTER_KEY")):
        if os.environ.get(variable):
            held[name] = os.environ[variable]
    return held


def passphrase_from(file: str | None) -> str | None:
    """The backup's passphrase: from a file, else from the environment, else `None`."""
    return passphrase_in(file) if file else os.environ.get("BR_BACKUP_PASSPHRASE") or None
