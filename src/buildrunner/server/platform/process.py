"""Processes that outlive nobody, and the unprivileged account that root lends to PostgreSQL."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from buildrunner.server.platform.errors import OperatorProblem

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Account:
    """The user and group a child runs as."""

    __slots__ = ("gid", "name", "uid")

    def __init__(self, name: str, uid: int, gid: int) -> None:
        self.name = name
        self.uid = uid
        self.gid = gid


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` that sends `number` to the child when the thread that started it ends.

    Call it, and start the child, in the main thread: the kernel watches the thread, not the
    process. A change of user clears the wish, so it has to run after that change, as `Popen`
    does. Where the kernel has no such wish (not Linux) the child is only ended by its parent.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the wish was made
            os._exit(1)

    return ask_the_kernel


def unprivileged_account(owned: Path) -> Account | None:
    """The account PostgreSQL runs as: `None` means as whoever we are.

    PostgreSQL refuses to run as root. What exists at `owned` decides, then `BR_POSTGRES_USER`,
    then the first of `postgres` and `nobody` that the system knows; no user is created.
    """
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(OSError, KeyError):
        owner = owned.stat()
        if owner.st_uid != 0:
            return Account(pwd.getpwuid(owner.st_uid).pw_name, owner.st_uid, owner.st_gid)
    wished = os.environ.get("BR_POSTGRES_USER", "")
    for name in [wished] if wished else ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(name, entry.pw_uid, entry.pw_gid)
    raise OperatorProblem(
        f"PostgreSQL refuses to run as root, and there is no user {wished or 'postgres or nobody'} "
        "to run it as.",
        hint="Set BR_POSTGRES_USER to an ordinary user, or DATABASE_URL to a PostgreSQL you run.",
    )


def reachable(folder: Path, account: Account | None) -> bool:
    """Whether the account may pass through every folder down to `folder` and enter it."""
    if account is None:
        return True
    for step in [folder, *folder.parents]:
        entry = step.stat()
        if entry.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif entry.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not entry.st_mode & bit:
            return False
    return True


def working_in(folder: Path) -> list[int]:
    """The processes, as far as we may look, that have `folder` as their working folder."""
    here = folder.stat()
    found = []
    for entry in os.scandir("/proc") if os.path.isdir("/proc/self") else ():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.path.samestat(os.stat(f"/proc/{entry.name}/cwd"), here):
                    found.append(int(entry.name))
    return found
