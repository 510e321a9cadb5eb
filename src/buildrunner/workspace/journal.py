"""history.jsonl: every change of the plan with its inverse, in the order it happened.

One line is one entry: `{"n": number from 1, "time": RFC 3339, "actor", "command", "kind": "edit" |
"sync" | "undo" | "outside", "operations", "inverse", "words": the operations for people, "before", "after": SHA-256 of the
file, "staged": temporary file}`, with `"undoes": n` on an undo, `"session"` and `"commit"` in the run of an agent, and `"gap": true` where a change could not
be read back. `outside` is what an editor or git did between two commands.

An entry is appended after the new plan is staged and before it is renamed into place: as long as
its staged file exists, it did not happen.
"""

from __future__ import annotations

import json
import os
import time

from buildrunner.workspace import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

JOURNAL = "history.jsonl"
_TAIL = 65_536
_ABANDONED = 600.0


def path_of(workspace: Workspace) -> str:
    """Where the journal of a workspace is."""
    return os.path.join(workspace.state_dir, JOURNAL)


def entries(workspace: Workspace) -> list[dict[str, Any]]:
    """All entries that happened, oldest first; a torn last line is left out."""
    try:
        data = files.read(path_of(workspace))
    except FileNotFoundError:
        return []
    found = [entry for line in data.splitlines() if (entry := _parse(line)) is not None]
    if found and _is_pending(workspace, found[-1]):
        found.pop()
    return found


def last(workspace: Workspace) -> dict[str, Any] | None:
    """The newest entry that happened."""
    line, _ = _last_line(path_of(workspace))
    entry = _parse(line)
    if line is not None and (entry is None or _is_pending(workspace, entry)):
        found = entries(workspace)
        return found[-1] if found else None
    return entry


def append(workspace: Workspace, entry: dict[str, Any]) -> int:
    """Add an entry durably; the journal's size before it. The caller holds the lock."""
    path = path_of(workspace)
    try:
        size = os.stat(path).st_size
    except FileNotFoundError:
        size = 0
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    try:
        files.append(path, line.encode(errors="surrogatepass") + b"\n")
    except BaseException:
        truncate(workspace, size)
        raise
    return size


def truncate(workspace: Workspace, size: int) -> None:
    """Take back what was appended after `size` bytes."""
    try:  # noqa: SIM105 (contextlib is too slow to import here)
        os.truncate(path_of(workspace), size)
    except FileNotFoundError:
        pass


def recover(workspace: Workspace) -> None:
    """Undo what a killed process left half done. The caller holds the lock.

    The journal goes first: while a staged file exists, its entry is known not to have happened.
    """
    path = path_of(workspace)
    line, start = _last_line(path)
    if line is not None:
        entry = _parse(line)
        if entry is None or _is_pending(workspace, entry):
            truncate(workspace, start)
    _clear(os.path.dirname(os.path.realpath(workspace.plan_path)), staged_under_lock=True)
    _clear(workspace.state_dir, staged_under_lock=False)


def _clear(folder: str, *, staged_under_lock: bool) -> None:
    """Remove staged files nobody will rename any more.

    Plans are staged under the lock we hold; the index and the leases are not, so theirs go when
    they are old.
    """
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith(files.TEMPORARY_SUFFIX) and staged_under_lock:
            files.discard(path)
        elif name.endswith((files.TEMPORARY_SUFFIX, files.CREATED_SUFFIX)):
            try:
                if os.stat(path).st_mtime < time.time() - _ABANDONED:
                    files.discard(path)
            except OSError:
                continue


def _is_pending(workspace: Workspace, entry: dict[str, Any]) -> bool:
    staged = entry.get("staged")
    if not isinstance(staged, str) or os.path.basename(staged) != staged:
        return False
    folder = os.path.dirname(os.path.realpath(workspace.plan_path))
    return os.path.lexists(os.path.join(folder, staged))


def _parse(line: bytes | None) -> dict[str, Any] | None:
    try:
        entry = json.loads(line or b"")
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("n"), int) else None


def _last_line(path: str) -> tuple[bytes | None, int]:
    """The last line without its newline and the offset where it begins.

    A line without a newline is torn: what it says must not count, so b"" stands for it.
    """
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            tail = b""
            start = end
            while start > 0 and b"\n" not in tail[:-1]:
                size = min(start, max(_TAIL, len(tail)))
                start -= size
                file.seek(start)
                tail = file.read(size) + tail
    except FileNotFoundError:
        return None, 0
    if not tail:
        return None, 0
    begin = tail.rfind(b"\n", 0, -1) + 1
    line = tail[begin:]
    return (line[:-1] if line.endswith(b"\n") else b""), start + begin
