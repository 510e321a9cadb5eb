"""What git has: staged blobs, what a branch changed, and every blob there ever was."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.scan.texts import LARGEST, Text

_FILES = (b"100644", b"100755")
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


class Change(NamedTuple):
    """A file that came or changed: its path from the root, old and new blob, and the commit."""

    path: str
    old: str
    new: str
    commit: str = ""


def staged(root: str) -> list[Change]:
    """What the next commit would add or change under `root`."""
    git.require(root)
    return _raw(root, ["diff", "--cached"], [])


def since(root: str, base: str) -> list[Change]:
    """What HEAD added or changed since it left `base`.

    Raises WorkspaceError `unknown_revision`.
    """
    git.require(root)
    start = "" if base.startswith("-") else git.run(["merge-base", base, "HEAD"], root, check=False)
    if not start:
        raise WorkspaceError(
            "unknown_revision",
            f"{base} is no git revision here that HEAD has anything in common with",
            "name a branch, a tag or a commit; a shallow clone needs `git fetch --unshallow`",
            2,
        )
    return _raw(root, ["diff"], [start, "HEAD"])


def _raw(root: str, command: list[str], revisions: list[str]) -> list[Change]:
    options = ["--raw", "-z", "--no-abbrev", "--no-renames", "--relative", "--diff-filter=AMT"]
    listing = git.run_bytes([*command, *options, *revisions, "--"], root)
    return [change for change in _changes(listing) if change is not None]


def history(root: str) -> list[Change]:
    """Each blob that any commit of any branch brought, with the first commit that did."""
    git.require(root)
    options = ["--all", "--reverse", "--topo-order", "--raw", "-z", "--no-abbrev", "--no-renames"]
    # -c shows of a merge only what none of its parents has.
    more = ["-c", "--root", "--relative", "--diff-filter=AMT", "--format=commit %H"]
    head = ["HEAD"] if git.run(["rev-parse", "-q", "--verify", "HEAD"], root, check=False) else []
    listing = git.run_bytes(["log", *options, *more, *head, "--"], root)
    seen: dict[str, Change] = {}
    for change in _changes(listing):
        if change is not None:
            seen.setdefault(change.new, change)
    return list(seen.values())


def _changes(listing: bytes) -> Iterator[Change | None]:
    """The changes in raw output with -z, entries of merges included."""
    commit = ""
    tokens = iter(listing.split(b"\0"))
    for token in tokens:
        entry = token.strip()
        if entry.startswith(b"commit "):
            commit = entry[7:].decode()
        elif entry.startswith(b":"):
            parents = len(entry) - len(entry.lstrip(b":"))
            fields = entry[parents:].split(b" ")
            path = next(tokens, b"")
            if fields[parents] in _FILES:
                blobs = fields[parents + 1 : 2 * parents + 2]
                name = path.decode(errors="surrogateescape")
                yield Change(name, blobs[0].decode(), blobs[-1].decode(), commit)


def texts(root: str, changes: Iterable[Change]) -> Iterator[Text]:
    """The new blobs of changes, read by one git process."""
    listed = list(changes)
    if not listed:
        return
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{change.new}\n" for change in listed).encode())
        wanted.seek(0)
        command = ["git", "-C", root, "cat-file", "--batch", "--buffer"]
        with subprocess.Popen(command, stdin=wanted, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101 (asked for above)
            for change in listed:
                found, data = _blob(process.stdout)
                if found:
                    yield Text(change.path, data, change.commit)


def _blob(stream: IO[bytes]) -> tuple[bool, bytes | None]:
    """(whether it is there, its bytes; None where there are too many)."""
    header = stream.readline().split()
    if len(header) != 3:
        return False, None  # `<sha> missing`, as in a partial clone
    size = int(header[2])
    if size > LARGEST:
        left = size + 1
        while left > 0:
            left -= len(stream.read(min(left, 1 << 20)) or b"\0" * left)
        return True, None
    data = stream.read(size)
    stream.read(1)
    return True, data


def added_lines(root: str, change: Change) -> list[range] | None:
    """The lines of the new blob that the old one lacks; None stands for all of them."""
    if not change.old.strip("0"):
        return None
    options = ["-U0", "--text", "--no-color", "--no-ext-diff", "--no-textconv"]
    patch = git.run_bytes(["diff", *options, change.old, change.new, "--"], root)
    found = []
    for match in _HUNK.finditer(patch):
        first, count = int(match[1]), int(match[2]) if match[2] else 1
        found.append(range(first, first + count))
    return found
