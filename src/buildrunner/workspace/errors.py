"""What can go wrong with a repository on disk, and the command that mends it."""

from __future__ import annotations

import errno

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class WorkspaceError(Exception):
    """A repository that cannot be read or an edit that is refused.

    `code` is stable and machine-readable; `missing` lists what would have to be there (ids,
    files, keys); `next_command` is what to type; `exit_code` is the one `br` ends with.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        exit_code: int = 3,
        *,
        missing: Iterable[str] = (),
        next_command: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.missing = list(missing)
        self.next_command = next_command


_REASONS = {
    errno.ENOSPC: ("disk_full", "the disk is full", "free some space; nothing was changed"),
    errno.EDQUOT: (
        "disk_full",
        "the disk quota is used up",
        "free some space; nothing was changed",
    ),
    errno.EROFS: ("read_only", "the file system is read-only", "nothing was changed"),
    errno.EACCES: ("not_permitted", "permission denied", "check the owner and mode of the folder"),
    errno.EPERM: ("not_permitted", "not permitted", "check the owner and mode of the folder"),
    errno.EISDIR: ("not_a_file", "it is a folder, not a file", "move it away"),
    errno.ENOTDIR: ("not_a_folder", "a part of the path is a file", "move it away"),
    errno.ENAMETOOLONG: ("name_too_long", "the name is too long", ""),
    errno.EMFILE: ("too_many_files", "too many open files", "raise `ulimit -n`"),
}


def from_os(error: OSError, action: str, path: str) -> WorkspaceError:
    """The error for a failed system call: `action` reads like "write" or "read"."""
    code, reason, hint = _REASONS.get(
        error.errno or 0, ("io_error", (error.strerror or str(error)).lower(), "")
    )
    return WorkspaceError(code, f"cannot {action} {path}: {reason}", hint)
