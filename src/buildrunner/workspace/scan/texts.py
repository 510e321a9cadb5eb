"""Files of a folder as texts to scan."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError, from_os

# Larger files are data; they are named instead of scanned.
LARGEST = 64 << 20


class Text(NamedTuple):
    """Something to scan. `path` from the root, with `/`; `data` is None where it was too large.

    `commit` is where it first stood, for a scan of history.
    """

    path: str
    data: bytes | None
    commit: str = ""


def home_of(path: str) -> str:
    """The root that paths of findings begin at: the workspace, else the repository, else itself."""
    from buildrunner.workspace.folder import find

    folder = path if os.path.isdir(path) else os.path.dirname(path)
    try:
        return find(folder).root
    except WorkspaceError:
        return git.top_level(os.path.abspath(folder)) or os.path.abspath(folder)


def in_folder(root: str, path: str) -> Iterator[Text]:
    """Every file under `path` that git does not ignore; outside git every file.

    A file that is named itself is read even if git ignores it. Raises WorkspaceError `no_file`.
    """
    if not os.path.lexists(path):
        raise WorkspaceError("no_file", f"there is no {path}", missing=[path])
    if not os.path.isdir(path):
        yield _text(root, path)
        return
    for name in _names(path):
        full = os.path.join(path, name)
        try:
            status = os.lstat(full)
        except OSError:
            continue  # deleted, but still in the index
        if stat.S_ISREG(status.st_mode):
            yield _text(root, full, status.st_size)


def _names(folder: str) -> Iterator[str]:
    if git.top_level(os.path.abspath(folder)) is not None:
        listing = git.run_bytes(
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], folder
        )
        seen = dict.fromkeys(name for name in listing.split(b"\0") if name)
        yield from (os.fsdecode(name) for name in seen)
        return
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        near = os.path.relpath(parent, folder)
        for name in sorted(names):
            yield name if near == "." else os.path.join(near, name)


def _text(root: str, full: str, size: int | None = None) -> Text:
    from buildrunner.workspace.files import read

    path = os.path.relpath(full, root).replace(os.sep, "/")
    if (os.stat(full).st_size if size is None else size) > LARGEST:
        return Text(path, None)
    try:
        return Text(path, read(full))
    except FileNotFoundError as error:
        raise from_os(error, "read", full) from error
