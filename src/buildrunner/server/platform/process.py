"""Processes that outlive nobody, and the unprivileged account that root lends to PostgreSQL."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def spawn(
    command: Sequence[str], *, when_parent_ends: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """`Popen` of a child in a session of its own that gets a signal when this thread ends.

    Its own session, so that Ctrl-C reaches the parent alone, which ends its children in order.
    Call it in the main thread: the kernel watches the thread that forks, not the process. Where the
    kernel does not (not Linux) the child is ended by its parent only. `options` are those of
    `Popen`; a change of user comes before the wish, which it would clear.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, int(when_parent_ends), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the wish was made
            os._exit(1)

    with warnings.catch_warnings():
        # Newer Pythons warn of code between fork and exec beside threads; this takes no lock.
        warnings.simplefilter("ignore", DeprecationWarning)
        return subprocess.Popen(
            command, start_new_session=True, preexec_fn=ask_the_kernel, **options
        )


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
