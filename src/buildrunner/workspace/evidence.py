"""The evidence of a repository: `buildrunner/evidence/<sha256>.json`, one record a file.

A file's name is the SHA-256 of its bytes. What does not fit its name, its shape or its signature is
reported and never trusted. What was verified once is remembered in the state folder under the
file's inode, size and times, without what nobody needs to judge by.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError, from_os
from buildrunner.workspace.folder import HOME, Workspace
from buildrunner.workspace.index import is_settled, load, signature_of, store

if TYPE_CHECKING:
    from buildrunner.evidence.errors import Finding

FOLDER = os.path.join(HOME, "evidence")
INDEX = "evidence.json"
_SUFFIX = ".json"
_HEX = frozenset("0123456789abcdef")
_CLOCKS_DIFFER = 300  # seconds
# Left out of what is remembered: only `read` and people look at these.
_LONG = ("command", "output", "note", "commit", "tree", "duration_ms")


class Kept(dict[str, Any]):
    """A verified record, without its long members, that knows its address."""

    __slots__ = ("address",)

    def __init__(self, record: dict[str, Any], address: str) -> None:
        super().__init__(record)
        self.address = address


class Problem:
    """A file among the evidence that proves nothing."""

    __slots__ = ("code", "message", "name")

    def __init__(self, name: str, code: str, message: str) -> None:
        self.name = name
        self.code = code
        self.message = message

    def as_dict(self) -> dict[str, str]:
        """The problem as a JSON object."""
        return {"file": f"{FOLDER}/{self.name}", "code": self.code, "message": self.message}


class Stored:
    """Everything found: `records` are verified, `problems` say what is not."""

    __slots__ = ("problems", "records")

    def __init__(self) -> None:
        self.records: list[Kept] = []
        self.problems: list[Problem] = []


def folder_of(workspace: Workspace) -> str:
    """Where a workspace keeps its evidence."""
    return os.path.join(workspace.root, FOLDER)


def save(workspace: Workspace, record: dict[str, Any]) -> str:
    """Store a signed record; its address. Raises EvidenceError for one that does not verify."""
    from hashlib import sha256

    from buildrunner.evidence.errors import EvidenceError
    from buildrunner.evidence.record import to_bytes, verify

    finding = verify(record)
    if finding is not None:
        raise EvidenceError(finding.code, finding.message, finding.hint)
    data = to_bytes(record)
    address = sha256(data).hexdigest()
    folder = folder_of(workspace)
    files.make_folder(folder)
    files.create(os.path.join(folder, address + _SUFFIX), data)
    return address


def read(workspace: Workspace, address: str) -> dict[str, Any]:
    """One record, whole and verified. Raises WorkspaceError `no_evidence` or `bad_evidence`."""
    path = os.path.join(folder_of(workspace), address + _SUFFIX)
    if len(address) != 64 or not _HEX.issuperset(address) or not os.path.isfile(path):
        raise WorkspaceError(
            "no_evidence",
            f"there is no evidence {address} here",
            "br qa list shows what there is",
            1,
        )
    record, problem = checked(files.read(path), address)
    if problem is not None:
        raise WorkspaceError("bad_evidence", f"{path}: {problem[1]}", "run the check again", 1)
    return record


def ahead_of_time(record: Any) -> Finding | None:
    """Whether a verified record would stay the newest whatever is run after it: it vouches for
    something at a time that is yet to come. What failed then failed."""
    from buildrunner.evidence.record import moment

    limit = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + _CLOCKS_DIFFER))
    said = moment(record)
    if said <= limit or record.get("outcome", "passed") != "passed":
        return None
    from buildrunner.evidence.errors import Finding

    return Finding("from_the_future", f"it says it was made at {said[:19]}Z, which is yet to come")


def read_all(workspace: Workspace) -> Stored:
    """Every record that holds, in the order of their addresses, and every file that does not."""
    index_path = os.path.join(workspace.state_dir, INDEX)
    known = load(index_path, []) or {}
    kept: dict[str, Any] = {}
    found = Stored()
    changed = False
    for name, status in _files(workspace):
        mark = signature_of(status)
        row = known.get(name)
        if isinstance(row, list) and len(row) == 2 and row[0] == mark and isinstance(row[1], dict):
            kept[name] = row
            found.records.append(Kept(row[1], name[:-5]))
            continue
        changed = True
        moment = time.time_ns()
        record, problem = _look(workspace, name, status)
        if problem is not None:
            found.problems.append(Problem(name, *problem))
            continue
        slim = {key: value for key, value in record.items() if key not in _LONG}
        found.records.append(Kept(slim, name[:-5]))
        if is_settled(mark, moment):
            kept[name] = [mark, slim]
    if changed or len(kept) != len(known):
        store(index_path, [], kept)
    return found


def _files(workspace: Workspace) -> list[tuple[str, os.stat_result]]:
    folder = folder_of(workspace)
    try:
        with os.scandir(folder) as entries:
            found = [(each.name, each.stat(follow_symlinks=False)) for each in entries]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise from_os(error, "read", folder) from error
    ours = (".gitignore", ".gitattributes", "README.md")
    return sorted(
        (
            each
            for each in found
            if each[0] not in ours and not each[0].endswith(files.CREATED_SUFFIX)
        ),
        key=lambda each: each[0],
    )


def _look(
    workspace: Workspace, name: str, status: os.stat_result
) -> tuple[dict[str, Any], tuple[str, str] | None]:
    import stat

    from buildrunner.evidence.record import MAX_BYTES

    address = name.removesuffix(_SUFFIX)
    if address == name or len(address) != 64 or not _HEX.issuperset(address):
        return {}, ("not_evidence", "its name is not the SHA-256 of a record")
    if not stat.S_ISREG(status.st_mode):
        return {}, ("not_evidence", "it is no regular file")
    if status.st_size > MAX_BYTES:
        return {}, ("too_large", f"it has {status.st_size} bytes, a record at most {MAX_BYTES}")
    try:
        data = files.read(os.path.join(folder_of(workspace), name))
    except FileNotFoundError:
        return {}, ("gone", "it was removed while it was read")
    except WorkspaceError as error:
        return {}, (error.code, error.message)
    return checked(data, address)


def checked(data: bytes, address: str) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """(record, None) of a file's bytes, or ({}, (code, message)) of one that proves nothing."""
    from hashlib import sha256

    from buildrunner.evidence.errors import EvidenceError
    from buildrunner.evidence.record import parse, to_bytes, verify

    if sha256(data).hexdigest() != address:
        return {}, ("tampered", "it was changed: its bytes do not have the digest in its name")
    try:
        record = parse(data)
        if to_bytes(record) != data:
            return {}, ("not_canonical", "it is not written as RFC 8785 prescribes")
    except EvidenceError as error:
        return {}, (error.code, error.message)
    finding = verify(record)
    return ({}, (finding.code, finding.message)) if finding is not None else (record, None)
