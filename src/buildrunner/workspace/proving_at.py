"""What is proven at a commit: its evidence and its content, nothing of the working tree.

The digests are those of `content`; here files come from git's objects instead of the disk.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import Any

from buildrunner.evidence.proof import ProofRules, by_microstep, prove_entity
from buildrunner.policy.change import Change
from buildrunner.policy.named import Named
from buildrunner.policy.sections import proof_rules
from buildrunner.spec.ids import aliases
from buildrunner.workspace import git
from buildrunner.workspace.changes import blobs
from buildrunner.workspace.content import HEADER, chosen, with_targets
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.evidence import FOLDER, ahead_of_time, checked
from buildrunner.workspace.keys import TRUSTED, read_keys

_BATCH = 2000


class Commit:
    """The files of a commit below `prefix`, as `content.Content` sees a working tree."""

    def __init__(self, root: str, commit: str, prefix: str) -> None:
        self.root = root
        self._files: dict[bytes, tuple[bytes, str]] = {}
        self._hashes: dict[str, str] = {}
        listed = git.run_bytes(["ls-tree", "-r", "-z", "--full-tree", commit], root)
        start = os.fsencode(prefix)
        for row in listed.split(b"\0"):
            head, _, name = row.partition(b"\t")
            if name.startswith(start) and head:
                mode, _, digest = head.split(b" ")
                self._files[name[len(start) :]] = (mode, digest.decode())
        self.names = sorted(self._files)

    def read(self, names: list[bytes]) -> dict[bytes, bytes]:
        """The contents of files."""
        found = blobs(self.root, list({self._files[name][1] for name in names}))
        contents = {name: found[self._files[name][1]] for name in names}
        return {name: data for name, data in contents.items() if data is not None}

    def digest(self, paths: tuple[str, ...]) -> str | None:
        """The digest of everything under `paths`; None where one leads out."""
        try:
            names = with_targets(self.names, chosen(self.names, paths), self._target)
        except WorkspaceError as error:
            if error.code != "bad_path":
                raise
            return None
        self._hash([self._files[name][1] for name in names if self._files[name][0] != b"160000"])
        hashed = sha256(HEADER)
        for name in names:
            mode, digest = self._files[name]
            inner = sha256(digest.encode()).hexdigest() if mode == b"160000" else ""
            hashed.update(b"%s %s %s\0" % (mode, (inner or self._hashes[digest]).encode(), name))
        return "sha256:" + hashed.hexdigest()

    def _target(self, name: bytes) -> bytes | None:
        mode, digest = self._files[name]
        return blobs(self.root, [digest])[digest] if mode == b"120000" else None

    def _hash(self, digests: list[str]) -> None:
        wanted = [digest for digest in dict.fromkeys(digests) if digest not in self._hashes]
        for start in range(0, len(wanted), _BATCH):
            found = blobs(self.root, wanted[start : start + _BATCH])
            for digest, data in found.items():
                self._hashes[digest] = sha256(data or b"").hexdigest()


def unproven(
    root: str, change: Change, policy: dict[str, Any], *, prefix: str = ""
) -> list[dict[str, Any]]:
    """Microsteps that the change sets to done without proof at its head: {"id", "missing"}.

    Keys are those the base trusts: a change cannot bring the key that vouches for it. Where the
    base has no list of keys any machine's counts, but none as CI's or as a server's that signs
    for people.
    """
    named = Named(policy, change)
    finished = [
        name
        for name, before, after in named.moves
        if after == "done" and before is not None and name in named.entities
    ]
    if not finished or change.plan_after is None:
        return []
    said = proof_rules(policy)
    if said["mode"] == "off":
        return []
    commit = Commit(root, change.head, prefix)
    records = by_microstep(_records(commit))
    anchored = _anchored(root, change.base, prefix)
    found = []
    for name in finished:
        entity = named.entities[name]
        names = [entity.id, *aliases(entity.value)]
        proof = prove_entity(
            change.plan_after,
            entity,
            [record for each in names for record in records.get(each, ())],
            subject_digest=commit.digest,
            rules=ProofRules(**said),
            anchored=anchored,
            verify=ahead_of_time,
        )
        if not proof.proven:
            missing = [f"{row['text'] or 'the whole'} ({row['reason']})" for row in proof.missing]
            found.append({"id": name, "missing": missing})
    return found


def _records(commit: Commit) -> list[dict[str, Any]]:
    folder = os.fsencode(FOLDER) + b"/"
    names = [name for name in commit.names if name.startswith(folder) and name.endswith(b".json")]
    found = []
    for name, data in commit.read(names).items():
        record, problem = checked(data, os.fsdecode(name[len(folder) : -5]))
        if problem is None:
            found.append(record)
    return found


class _Machines(dict[str, str]):
    """Every key, registered as a machine's own."""

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002
        """`local`, whoever it is."""
        return "local"


def _anchored(root: str, base: str, prefix: str) -> dict[str, str]:
    name = f"{base}:{prefix}{TRUSTED}"
    data = blobs(root, [name])[name]
    if data is None:
        return _Machines()
    try:
        content = json.loads(data)
    except ValueError:
        content = None
    return {key.id: key.runner_class for key in read_keys(content, name)}
