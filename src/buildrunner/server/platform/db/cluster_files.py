"""The files of an embedded PostgreSQL: its folder, its record of itself, its socket."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TypedDict

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db.binaries import Binaries
from buildrunner.server.platform.errors import OperatorProblem
from buildrunner.server.platform.process import Account, reachable, working_in

SUPERUSER = "postgres"
PORT = 5432  # names the socket file; nothing listens on TCP
SOCKET_PATH_LIMIT = 103  # bytes of sun_path without its end, on the strictest system
SOCKET_NAME = f".s.PGSQL.{PORT}"


class Identity(TypedDict, total=False):
    """The arguments of `Popen` that change who the child is."""

    user: int
    group: int
    extra_groups: list[int]


def prepare(data_dir: Path) -> Path:
    """Make the data folder if need be and return its full path.

    Root makes it enterable (0711) for the account PostgreSQL runs as; a folder that is there
    already keeps its rights, and so does everything above.
    """
    folder = data_dir.expanduser().resolve()
    root = os.geteuid() == 0
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711 if root else 0o700)
        elif not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError as problem:
        raise OperatorProblem(
            f"The data folder {folder} cannot be made: {problem.strerror}.",
            hint="Choose another one with --data-dir DIR.",
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OperatorProblem(
            f"The data folder {folder} is not writable for this user.",
            hint="Run as the user who owns it, or choose another one with --data-dir DIR.",
        )
    return folder


def pid_file(home: Path) -> list[str]:
    """PostgreSQL's own record: pid, folder, start, port, socket folder, address, memory, state."""
    try:
        lines = (home / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def await_leftover(home: Path, patience: float = 20.0) -> None:
    """Wait for a server whose starter was killed; drop a record that no server stands behind.

    PostgreSQL itself takes any process of the same user and number for the old server, and does
    not start while a session of a killed one still holds the shared memory.
    """
    if not pid_file(home):
        return
    deadline = time.monotonic() + patience
    while left := working_in(home):
        if time.monotonic() > deadline:
            raise OperatorProblem(
                f"PostgreSQL (process {left[0]}) still runs on {home} without the server that "
                "started it.",
                hint=f"Stop it with: kill -INT {left[0]}",
            )
        time.sleep(0.02)
    (home / "postmaster.pid").unlink(missing_ok=True)


def version_of(home: Path) -> int | None:
    """The major version that wrote the cluster, or `None` when there is none yet."""
    try:
        return int((home / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise OperatorProblem(
            f"{home} cannot be read: {problem}.",
            hint="Run as the user who made it, or choose another --data-dir DIR.",
        ) from None


def seen_from(folder: Path, account: Account | None) -> str:
    """How a child that works in `folder` names it.

    Below a closed folder (`/root`) an unprivileged child cannot resolve the path, but it may stay
    in a working folder it was started in: the kernel's link leads there without the way down.
    """
    return str(folder) if reachable(folder, account) else "/proc/self/cwd"


def initialize(
    binaries: Binaries, data_dir: Path, home: Path, account: Account | None, *, sync: bool = True
) -> None:
    """Run initdb beside the final place and move it there, so that half a cluster never counts."""
    partial = data_dir / "postgres.partial"
    shutil.rmtree(partial, ignore_errors=True)
    if home.exists() and any(home.iterdir()):
        raise OperatorProblem(
            f"{home} holds files but no PostgreSQL cluster.",
            hint="Move them away, or choose another --data-dir DIR.",
        )
    partial.mkdir(mode=0o700)
    password = Keyring(data_dir / "secrets.json").obtain("superuser")
    with tempfile.NamedTemporaryFile(mode="w") as file:
        file.write(password)
        file.flush()
        if account:
            os.chown(partial, account.uid, account.gid)
            os.chown(file.name, account.uid, account.gid)
        command = [
            *(binaries.program("initdb"), "-D", seen_from(partial, account), "-U", SUPERUSER),
            *("--auth=scram-sha-256", f"--pwfile={file.name}", "--data-checksums"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions"),
            *([] if sync else ["--no-sync"]),
        ]
        if binaries.major < 17:  # the builtin provider came with 17
            command = [part for part in command if "builtin" not in part]
        answer = subprocess.run(
            command,
            cwd=partial,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **identity(account),
        )
    if answer.returncode:
        if os.strerror(errno.ENOSPC) in answer.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home))
        raise OperatorProblem(
            f"PostgreSQL could not make its files in {home}: {answer.stderr.strip()[-600:]}",
            hint="Choose another --data-dir DIR, or set DATABASE_URL to a PostgreSQL you run.",
        )
    if home.exists():
        home.rmdir()
    partial.rename(home)


def identity(account: Account | None) -> Identity:
    """What `Popen` needs to start a child as this account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def socket_folder(data_dir: Path, account: Account | None) -> tuple[Path, bool]:
    """The folder of the socket, and whether it is a temporary one.

    A socket's path has about a hundred bytes and the account has to reach it; where the data
    folder offers neither, a folder under the system's temporary one is made and `attach` finds it
    in PostgreSQL's own record.
    """
    folder = data_dir / "socket"
    temporary = len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_LIMIT or not reachable(
        data_dir, account
    )
    if temporary:
        folder = Path(tempfile.mkdtemp(prefix="br-", dir=_short_temporary_folder()))
    else:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder, temporary


def _short_temporary_folder() -> str:
    wished = tempfile.gettempdir()
    return wished if len(os.fsencode(wished)) < 60 else "/tmp"  # noqa: S108 (mkdtemp is private)
