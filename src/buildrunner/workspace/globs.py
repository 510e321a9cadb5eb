"""Paths as checks and trust name them: a file, a folder with all in it, or a glob."""

from __future__ import annotations

import re

from buildrunner.workspace.errors import WorkspaceError

_SPECIAL = frozenset(b"*?[")


class Selection:
    """Some paths, ready to be asked about file names (bytes, relative, with `/`)."""

    def __init__(self, paths: tuple[str, ...] | list[str]) -> None:
        self._everything = False
        self._literals: list[tuple[bytes, bytes]] = []
        self._patterns: list[tuple[re.Pattern[bytes], bool]] = []
        for path in paths:
            self._add(path)

    def _add(self, path: str) -> None:
        name = normal(path)
        own = name == b"buildrunner" or name.startswith(b"buildrunner/")
        if not name:
            self._everything = True
        elif _SPECIAL.isdisjoint(name):
            self._literals.append((name, name + b"/"))
        else:
            self._patterns.append((re.compile(_translate(name), re.DOTALL), own))

    def takes(self, name: bytes, *, own: bool = False) -> bool:
        """Whether a file is meant; `own` ones only by a path that begins with `buildrunner`."""
        if self._everything and not own:
            return True
        for whole, folder in self._literals:
            if name == whole or name.startswith(folder):
                return True
        return any(
            pattern.match(name) is not None for pattern, named in self._patterns if named or not own
        )


def normal(path: str) -> bytes:
    """A path relative to the workspace without `.` and doubled slashes; b"" is the whole.

    Raises WorkspaceError `bad_path` for one that leads out, is absolute, or holds a NUL.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise WorkspaceError(
            "bad_path",
            f"{path!r} is no path inside the workspace",
            "name it relative to the folder that holds buildrunner/, without `..`",
            1,
        )
    return "/".join(parts).encode("utf-8", "surrogateescape")


def _translate(glob: bytes) -> bytes:
    """The pattern of a glob; one that names a folder takes all in it."""
    out = b""
    place, size = 0, len(glob)
    while place < size:
        if glob.startswith(b"**/", place) and (place == 0 or glob[place - 1] == 0x2F):
            out += b"(?:[^/]+/)*"
            place += 3
            continue
        if glob.startswith(b"**", place):
            out += b".*"
            place += 2
            continue
        sign = glob[place : place + 1]
        place += 1
        if sign == b"*":
            out += b"[^/]*"
        elif sign == b"?":
            out += b"[^/]"
        elif sign == b"[":
            chars, place = _bracket(glob, place)
            out += chars
        else:
            out += re.escape(sign)
    return out + b"(?:/.*)?\\Z"


def _bracket(glob: bytes, place: int) -> tuple[bytes, int]:
    end = glob.find(b"]", place + 2 if glob[place : place + 1] in (b"!", b"]") else place + 1)
    if end < 0:
        return re.escape(b"["), place
    inside = glob[place:end]
    negated = inside.startswith(b"!")
    body = inside[1:] if negated else inside
    escaped = body.replace(b"\\", b"\\\\").replace(b"]", b"\\]").replace(b"^", b"\\^")
    escaped = escaped.replace(b"[", b"\\[")
    try:
        re.compile(b"[" + escaped + b"]")
    except re.error:  # a range that runs backwards
        return re.escape(b"[" + inside + b"]"), end + 1
    return b"(?!/)[" + (b"^" if negated else b"") + escaped + b"]", end + 1
