"""The database of an installation: the embedded one, or the one that `DATABASE_URL` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.cluster_files import prepare
from buildrunner.server.platform.db.roles import Databases, embedded_database, external_database
from buildrunner.server.platform.errors import OperatorProblem


def keyring_of(data_dir: Path) -> Keyring:
    """The secrets of an installation."""
    return Keyring(data_dir / "secrets.json")


def is_external() -> bool:
    """Whether somebody else runs the PostgreSQL."""
    return bool(os.environ.get("DATABASE_URL"))


@contextmanager
def opened(data_dir: Path, *, make: bool = False) -> Iterator[Databases]:
    """The addresses of a database that answers, for one command.

    The embedded server is used where it runs, and else runs as long as the block; only with `make`
    is it made. Raises `OperatorProblem` where there is none.
    """
    if not make and not is_external() and not (data_dir / "postgres").exists():
        raise OperatorProblem(
            f"There is no server in {data_dir} yet.",
            hint="br up   (makes one), or name its folder with --data-dir DIR",
        )
    data_dir = prepare(data_dir)
    if is_external():
        yield external_database(os.environ, keyring_of(data_dir))
        return
    running = embedded.attach(data_dir)
    if running is not None:
        yield embedded_database(running)
        return
    with embedded.start(data_dir) as cluster:
        yield embedded_database(cluster)


def running(data_dir: Path) -> Databases:
    """The addresses of a database that stays when this command ends; else `OperatorProblem`."""
    if is_external():
        return external_database(os.environ, keyring_of(prepare(data_dir)))
    found = embedded.attach(data_dir)
    if found is None:
        raise OperatorProblem(
            f"The embedded PostgreSQL of {data_dir} does not run.",
            hint="br up   (starts it with everything else), or set DATABASE_URL",
        )
    return embedded_database(found)
