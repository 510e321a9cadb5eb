"""Compiled rules, kept in the user's cache so that a scan starts at once.

They are machine code's next of kin: never kept in a repository, which a stranger may have filled,
and only taken back if nobody else could write them.
"""

from __future__ import annotations

import hashlib
import os

from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError

_MOST = 8
_DIGEST = 32


class RuleStore:
    """A folder of compiled databases by key; what cannot be kept is compiled again."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = folder or cache_folder()

    def get(self, key: str) -> bytes | None:
        """The bytes kept under a key, if they are whole and this user's alone."""
        path = self._path(key)
        try:
            if not _is_ours(self.folder) or not _is_ours(path):
                return None
            data = files.read(path)
        except (OSError, WorkspaceError):
            return None
        digest, body = data[:_DIGEST], data[_DIGEST:]
        return body if hashlib.sha256(body).digest() == digest else None

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key; older ones go when there are many."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            if not _is_ours(self.folder):
                return
            files.write(self._path(key), hashlib.sha256(data).digest() + data, mode=0o600)
            self._prune()
        except (OSError, WorkspaceError):
            return

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, f"{key}.hsdb")

    def _prune(self) -> None:
        kept = [entry for entry in os.scandir(self.folder) if entry.name.endswith(".hsdb")]
        kept.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in kept[_MOST:]:
            files.discard(entry.path)


def cache_folder() -> str:
    """`$XDG_CACHE_HOME/buildrunner/scan`, by default under ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "buildrunner", "scan")


def _is_ours(path: str) -> bool:
    status = os.lstat(path)
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
