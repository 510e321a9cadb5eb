"""One writer at a time: an advisory lock on a file that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time

from buildrunner.workspace.errors import WorkspaceError, from_os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

TIMEOUT = 15.0
_FIRST_WAIT = 0.002
_LONGEST_WAIT = 0.05


class FileLock:
    """`with FileLock(path):` holds it; entering twice in one process nests.

    Raises WorkspaceError `locked` (exit code 1) after `timeout` seconds, naming the holder.
    """

    def __init__(self, path: str, timeout: float = TIMEOUT) -> None:
        self.path = path
        self.timeout = timeout
        self._descriptor = -1
        self._depth = 0

    @property
    def held(self) -> bool:
        """Whether this object holds the lock now."""
        return self._depth > 0

    def __enter__(self) -> FileLock:
        if not self._depth:
            self._acquire()
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if not self._depth:
            os.close(self._descriptor)

    def _acquire(self) -> None:
        deadline = time.monotonic() + self.timeout
        wait = _FIRST_WAIT
        while True:
            descriptor = self._try()
            if descriptor >= 0:
                break
            if time.monotonic() > deadline:
                raise self._refusal()
            time.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        self._descriptor = descriptor
        # Only for the message of whoever waits in vain; a full disk must not matter here.
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        except OSError:
            pass

    def _try(self) -> int:
        """A descriptor that holds the lock, or -1."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise from_os(error, "write", self.path) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # `git clean` may have removed the file meanwhile: then others lock another one.
            if os.path.samestat(os.fstat(descriptor), os.stat(self.path)):
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError as error:
            os.close(descriptor)
            raise from_os(error, "lock", self.path) from error
        os.close(descriptor)
        return -1

    def _refusal(self) -> WorkspaceError:
        try:
            with open(self.path, encoding="ascii", errors="replace") as file:
                holder = file.read(32).strip()
        except OSError:
            holder = ""
        by = f"process {holder}" if holder.isdigit() else "another process"
        return WorkspaceError(
            "locked",
            f"{by} has held {self.path} for more than {self.timeout:g} s",
            "wait for it to finish, or end it; the lock frees itself",
            1,
        )
