"""Folders of small text files that other tools keep: read whole, written file by file."""

from __future__ import annotations

import os

from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Folders of tools, and our own, that hold nobody else's tasks; hidden ones are passed over too.
_PASSED = frozenset(
    ("node_modules", "__pycache__", "venv", "target", "dist", "build", "buildrunner")
)
#: The hidden folder that is looked into: beads keeps its issues there.
_HIDDEN = frozenset((".beads",))
MOST_FILES = 20_000


def read_folder(path: str, suffixes: tuple[str, ...], *, most: int) -> dict[str, bytes]:
    """Files with these suffixes below a folder: relative path, with `/`, to bytes.

    Symbolic links are not followed. Reading stops once more than `most` bytes are held. Raises
    WorkspaceError `too_many_files`.
    """
    found: dict[str, bytes] = {}
    held = 0
    for folder, below, names in os.walk(path):
        below[:] = sorted(
            name for name in below if name in _HIDDEN or not (name[0] == "." or name in _PASSED)
        )
        for name in sorted(names):
            full = os.path.join(folder, name)
            if not name.lower().endswith(suffixes) or os.path.islink(full):
                continue
            if len(found) == MOST_FILES:
                raise WorkspaceError(
                    "too_many_files",
                    f"{path} holds more than {MOST_FILES:,} text files",
                    "name the folder of the tasks themselves",
                )
            data = b"" if held > most else files.read(full)
            held += len(data)
            found[os.path.relpath(full, path).replace(os.sep, "/")] = data
    return found


def write_folder(path: str, contents: Mapping[str, bytes]) -> None:
    """Write files below a folder, each whole; paths are relative, with `/`.

    Other files there stay. Raises WorkspaceError `path_outside` where a symbolic link in the
    folder leads out of it; nothing is written then.
    """
    inside = os.path.join(os.path.realpath(path), "")
    targets = {os.path.join(path, *name.split("/")): data for name, data in contents.items()}
    for target in targets:
        if not os.path.realpath(target).startswith(inside):
            raise WorkspaceError(
                "path_outside",
                f"{target} leads out of {path}",
                "a symbolic link there points elsewhere; write to an empty folder",
            )
    for target, data in targets.items():
        files.make_folder(os.path.dirname(target))
        files.write(target, data)
