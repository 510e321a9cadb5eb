"""Paths as checks and trust name them: a file, a folder with all in it, or a glob."""

from __future__ import annotations

import re
from bisect import bisect_left

from buildrunner.workspace.errors import WorkspaceError

_SPECIAL = frozenset(b"*?[")


class Selection:
    """Some paths, ready to be looked up among file names (bytes, relative, with `/`).

    Names in `own` folders are meant only by a path that begins with that folder.
    """

    def __init__(self, paths: tuple[str, ...] | list[str], own: bytes) -> None:
        self._own = own
        self._paths = [normal(path) for path in paths]

    def among(self, names: list[bytes]) -> list[bytes]:
        """Those of `names` that are meant; both in the order of their bytes."""
        found: set[bytes] = set()
        for path in self._paths:
            special = next((at for at, sign in enumerate(path) if sign in _SPECIAL), None)
            if not path:
                found.update(name for name in names if not name.startswith(self._own))
            elif special is None:
                found.update(standing_at(names, path))
            else:
                end = path.rfind(b"/", 0, special) + 1
                found.update(self._matching(names, path, end))
                found.update(_above(names, path[:end]))
        return sorted(found)

    def _matching(self, names: list[bytes], glob: bytes, end: int) -> list[bytes]:
        """What a glob takes: only names below its literal beginning are tried."""
        pattern = re.compile(_translate(glob), re.DOTALL)
        own = b"" if glob.startswith(self._own) else self._own
        return [
            name
            for name in _below(names, glob[:end])
            if not (own and name.startswith(own)) and pattern.match(name)
        ]


def standing_at(names: list[bytes], path: bytes) -> list[bytes]:
    """Of sorted names the one at `path`, those below it, and what stands where a folder above it
    would: a link or a submodule through which the path leads."""
    exact = _below(names, path, exactly=True)
    return [*exact, *_below(names, path + b"/"), *_above(names, path)]


def _above(names: list[bytes], path: bytes) -> list[bytes]:
    ends = [at for at, sign in enumerate(path) if sign == 0x2F]
    return [name for end in ends for name in _below(names, path[:end], exactly=True)]


def _below(names: list[bytes], prefix: bytes, *, exactly: bool = False) -> list[bytes]:
    """The run of sorted names that begin with `prefix` (or are it)."""
    start = bisect_left(names, prefix)
    if exactly:
        return names[start : start + 1] if names[start : start + 1] == [prefix] else []
    if not prefix:
        return names
    # No name that begins with the prefix sorts behind the prefix with its last byte raised.
    return names[start : bisect_left(names, prefix[:-1] + bytes([prefix[-1] + 1]))]


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
