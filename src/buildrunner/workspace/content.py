"""The digest of what lies in a working tree under some paths: what evidence is about.

A path is a file, a folder, or a glob (`*` and `?` within one name, `**` across folders, `[a-z]`),
relative to the workspace. Tracked files count and untracked ones that git does not ignore; without
git every file does. `buildrunner/` is left out unless a path begins with it, its evidence and its
state always: what is recorded about the content is no part of it.

A link stands for what it leads to as well, as far as that lies in the workspace.

The digest is the SHA-256 of the line `buildrunner.content/1` and one record a file, ordered by
path: mode (100644, 100755 or 120000 for a link), a space, the SHA-256 of the bytes (of the
target's name for a link), a space, the path, NUL. It is the same in every clone, with and without git.
"""

from __future__ import annotations

import os
import posixpath
import stat
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError, from_os
from buildrunner.workspace.globs import Selection, standing_at
from buildrunner.workspace.index import is_settled, load, signature_of, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildrunner.workspace.folder import Workspace

HEADER = b"buildrunner.content/1\0"
CACHE = "content.json"
_OWN = b"buildrunner/"
_NEVER = (b"buildrunner/evidence/", b"buildrunner/state/")
_CHUNK = 1 << 20


class Content:
    """The files of a workspace as they are now; what was read once is not read again.

    Make a new one to see later changes. Digests of file contents are kept in the state folder under
    the files' inode, size and times, so that only what changed is read.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._root = os.fsencode(workspace.root)
        self._names: list[bytes] | None = None
        self._entries: dict[bytes, bytes] = {}
        self._links: dict[bytes, bytes] = {}
        self._digests: dict[tuple[str, ...], str] = {}
        self._cache_path = os.path.join(workspace.state_dir, CACHE)
        self._kept: dict[str, list[Any]] | None = None
        self._changed = False

    def digest(self, paths: tuple[str, ...] | list[str] = ()) -> str:
        """`sha256:` and the digest of everything under `paths`; () stands for the whole tree.

        Raises WorkspaceError `bad_path` for a path outside the workspace, and where a file cannot
        be read.
        """
        key = tuple(paths)
        found = self._digests.get(key)
        if found is None:
            hashed = sha256(HEADER)
            for name in with_targets(self._all(), self.names(key), self._target):
                hashed.update(self._entry(name))
            found = self._digests[key] = "sha256:" + hashed.hexdigest()
            self._keep()
        return found

    def names(self, paths: tuple[str, ...] = ()) -> list[bytes]:
        """The files under `paths`, relative, in order of their bytes."""
        return chosen(self._all(), paths)

    def _all(self) -> list[bytes]:
        if self._names is None:
            self._names = _listing(self.workspace.root)
        return self._names

    def _target(self, name: bytes) -> bytes | None:
        """Where a link leads; None for anything else."""
        self._entry(name)
        return self._links.get(name)

    def _entry(self, name: bytes) -> bytes:
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = self._read(name)
        return entry

    def _read(self, name: bytes) -> bytes:
        path = os.path.join(self._root, name)
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                self._links[name] = os.readlink(path)
                return _record(b"120000", sha256(self._links[name]).hexdigest(), name)
            if stat.S_ISDIR(status.st_mode):
                return _record(b"160000", self._repository(name), name)
            if not stat.S_ISREG(status.st_mode):
                return b""
            mode = b"100755" if status.st_mode & 0o100 else b"100644"
            return _record(mode, self._hash(name, path, status), name)
        except FileNotFoundError:  # deleted, not yet committed
            return b""
        except OSError as error:
            raise from_os(error, "read", os.fsdecode(path)) from error

    def _repository(self, name: bytes) -> str:
        """A submodule is its commit; one that differs from it is the files in it as well."""
        folder = os.path.join(self.workspace.root, os.fsdecode(name))
        if not os.path.lexists(os.path.join(folder, ".git")):  # not checked out
            row = git.run(["ls-files", "-s", "--", os.fsdecode(name)], self.workspace.root)
            return sha256("".join(row.split(" ")[1:2]).encode()).hexdigest()
        head = git.run(["rev-parse", "--verify", "--quiet", "HEAD"], folder, check=False)
        hashed = sha256(head.encode())
        changes = ["status", "--porcelain", "-z", "--ignore-submodules=none"]
        if not head or git.run_bytes(changes, folder):
            for inner in _listing(folder):
                hashed.update(self._entry(name + b"/" + inner))
        return hashed.hexdigest()

    def _hash(self, name: bytes, path: bytes, status: os.stat_result) -> str:
        if self._kept is None:
            self._kept = load(self._cache_path, []) or {}
        key = name.decode("utf-8", "surrogateescape")
        mark = signature_of(status)
        kept = self._kept.get(key)
        if isinstance(kept, list) and kept[:-1] == mark and isinstance(kept[-1], str):
            return kept[-1]
        moment = time.time_ns()
        hashed = sha256()
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
        found = hashed.hexdigest()
        if is_settled(mark, moment):
            self._kept[key] = [*mark, found]
            self._changed = True
        return found

    def _keep(self) -> None:
        if self._changed and self._kept is not None and os.path.isdir(self.workspace.state_dir):
            store(self._cache_path, [], self._kept)
            self._changed = False


def chosen(names: list[bytes], paths: tuple[str, ...]) -> list[bytes]:
    """Of sorted file names those under `paths`. Raises WorkspaceError `bad_path`."""
    if not paths:
        return [name for name in names if not name.startswith(_OWN)]
    found = Selection(paths, _OWN).among(names)
    return [name for name in found if not name.startswith(_NEVER)]


def with_targets(
    names: list[bytes], found: list[bytes], target: Callable[[bytes], bytes | None]
) -> list[bytes]:
    """`found` with what its links lead to, and theirs; `target(name)` is what a link says."""
    waiting, seen = list(found), set(found)
    while waiting:
        name = waiting.pop()
        said = target(name)
        if said is None or said.startswith(b"/"):
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), said))
        if path == b"." or path.startswith(b"../") or (path + b"/").startswith(_OWN):
            continue
        more = set(standing_at(names, path)) - seen
        waiting += more
        seen |= more
    return sorted(seen) if len(seen) > len(found) else found


def _record(mode: bytes, digest: str, name: bytes) -> bytes:
    return b"%s %s %s\0" % (mode, digest.encode(), name)


def _listing(root: str) -> list[bytes]:
    if git.top_level(root) is None:
        return sorted(_walk(os.fsencode(root)))
    try:
        arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = git.run_bytes(arguments, root)
    except WorkspaceError as error:
        if error.code != "no_git":
            raise
        return sorted(_walk(os.fsencode(root)))
    if not listed:  # a folder that the repository around it ignores: nothing would ever be stale
        return sorted(_walk(os.fsencode(root)))
    # A nested repository that is no submodule is listed as `folder/`; an unmerged file three times.
    return sorted({name.rstrip(b"/") for name in listed.split(b"\0") if name})


def _walk(root: bytes) -> list[bytes]:
    found = []
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                for entry in entries:
                    name = folder + entry.name
                    if entry.name == b".git":
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(name + b"/")
                    else:
                        found.append(name)
        except OSError as error:
            raise from_os(error, "read", os.fsdecode(os.path.join(root, folder))) from error
    return found


class Revision:
    """Where a working tree stands in git: None and True outside."""

    __slots__ = ("commit", "dirty", "tree")

    def __init__(self, commit: str | None, tree: str | None, dirty: bool) -> None:
        self.commit = commit
        self.tree = tree
        self.dirty = dirty


def revision(root: str) -> Revision:
    """The commit and tree of HEAD, and whether anything but `buildrunner/` differs from it."""
    if git.top_level(root) is None:
        return Revision(None, None, True)
    try:
        names = git.run(["rev-parse", "HEAD", "HEAD^{tree}"], root, check=False).split()
        if len(names) != 2:
            return Revision(None, None, True)
        arguments = ["status", "--porcelain", "-z", "--", ".", ":(exclude)buildrunner"]
        return Revision(names[0], names[1], bool(git.run_bytes(arguments, root)))
    except WorkspaceError as error:
        if error.code != "no_git":
            raise
        return Revision(None, None, True)
