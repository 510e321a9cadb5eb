"""The key this machine signs evidence with, and the public keys a repository trusts.

`signing.key` lies in the user's configuration folder, readable by its owner alone; a runner without
one gets its key in BR_SIGNING_KEY. Trusted keys are in `buildrunner/keys.json`, which git tracks:
`{"schema": 1, "keys": [{"id", "public_key", "name", "class": "local"|"ci"|"server", "added_at"}]}`.
"""

from __future__ import annotations

import os
from typing import Any

from buildrunner.evidence import signing
from buildrunner.evidence.errors import EvidenceError
from buildrunner.workspace import files
from buildrunner.workspace.editing import now
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import HOME, Workspace
from buildrunner.workspace.personal import config_folder
from buildrunner.workspace.state import read_object, write_object

KEY_FILE = "signing.key"
TRUSTED = os.path.join(HOME, "keys.json")
VARIABLE = "BR_SIGNING_KEY"
CLASSES = ("local", "ci", "server")
SCHEMA = 1


def signing_key(*, create: bool = True) -> bytes | None:
    """The 32 bytes this machine signs with; made on first use unless told not to (then None).

    Raises WorkspaceError `bad_signing_key` where the variable or the file holds none, and where the
    file is readable by others.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if said:
        return _decoded(said, f"${VARIABLE}")
    path = os.path.join(config_folder(), KEY_FILE)
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return _create(path) if create else None
    if mode & 0o077:
        raise WorkspaceError(
            "bad_signing_key",
            f"{path} can be read by others (mode {mode & 0o777:04o})",
            "whoever read it can sign as you: close it, or remove it and let br make a new one",
            1,
            next_command=f"chmod 600 {path}",
        )
    return _decoded(files.read(path).decode("ascii", "replace").strip(), path)


def _decoded(text: str, where: str) -> bytes:
    try:
        if len(text) == 64:
            return bytes.fromhex(text)
        return signing.decode(text, signing.KEY_BYTES, where)
    except (ValueError, EvidenceError):
        raise WorkspaceError(
            "bad_signing_key",
            f"{where} holds no Ed25519 private key",
            "it is the base64 or the hex digits of 32 bytes",
            1,
        ) from None


def _create(path: str) -> bytes:
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    except OSError as error:
        from buildrunner.workspace.errors import from_os

        raise from_os(error, "create", os.path.dirname(path)) from error
    key = signing.generate()
    temporary = files.stage(path, f"{signing.encode(key)}\n".encode(), mode=0o600)
    try:
        os.link(temporary, path)  # two runs at once: the first key stays
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        files.replace(temporary, path)
    finally:
        files.discard(temporary)
    return _decoded(files.read(path).decode("ascii", "replace").strip(), path)


class Key:
    """A public key somebody vouches for; `own` tells this machine's."""

    __slots__ = ("added_at", "id", "name", "own", "public", "runner_class")

    def __init__(
        self, public: bytes, name: str, runner_class: str, added_at: str = "", own: bool = False
    ) -> None:
        self.public = public
        self.id = signing.key_id(public)
        self.name = name
        self.runner_class = runner_class
        self.added_at = added_at
        self.own = own

    def as_dict(self) -> dict[str, Any]:
        """The key as it stands in keys.json."""
        return {
            "id": self.id,
            "public_key": signing.encode(self.public),
            "name": self.name,
            "class": self.runner_class,
            "added_at": self.added_at,
        }


def trusted_keys(workspace: Workspace) -> list[Key]:
    """The keys of keys.json in its order. Raises WorkspaceError where it cannot be understood."""
    path = os.path.join(workspace.root, TRUSTED)
    found = read_object(path)
    return [] if found is None else read_keys(found, path)


def read_keys(found: Any, path: str) -> list[Key]:
    """The keys of the content of a keys.json; `path` is for messages."""
    rows = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not isinstance(rows, list):
        raise _unreadable(path, f'it has not the form {{"schema": {SCHEMA}, "keys": […]}}')
    return [_key(row, path) for row in rows]


def _key(row: Any, path: str) -> Key:
    try:
        public = signing.decode(row["public_key"], 32, "public_key")
        key = Key(public, str(row.get("name", "")), row.get("class", "local"))
        key.added_at = str(row.get("added_at", ""))
        if row.get("id", key.id) != key.id:
            raise _unreadable(path, f"the id {row['id']} is not that of its public key")
    except (TypeError, KeyError, AttributeError, EvidenceError) as error:
        raise _unreadable(path, str(error) or "an entry is no key") from None
    if key.runner_class not in CLASSES:
        raise _unreadable(path, f"class is {key.runner_class!r}, not one of {', '.join(CLASSES)}")
    return key


def _unreadable(path: str, why: str) -> WorkspaceError:
    return WorkspaceError(
        "keys_unreadable", f"{path}: {why}", "take it back from git, or add the keys again", 1
    )


def own_key() -> Key | None:
    """The public key of this machine; None as long as it has signed nothing."""
    private = signing_key(create=False)
    if private is None:
        return None
    return Key(signing.public_key(private), "this machine", "local", own=True)


def known_keys(workspace: Workspace) -> list[Key]:
    """The trusted keys and this machine's own, each once."""
    found = {key.id: key for key in trusted_keys(workspace)}
    own = own_key()
    if own is not None:
        found.setdefault(own.id, own).own = True
    return list(found.values())


def anchored(workspace: Workspace) -> dict[str, str]:
    """Key id → the class it is registered for: what `evidence.proof.prove` asks for."""
    return {key.id: key.runner_class for key in known_keys(workspace)}


def add_key(workspace: Workspace, public: bytes, name: str, runner_class: str = "local") -> Key:
    """Trust a public key; one that is there takes the new name and class."""
    key = Key(public, name, runner_class, now())
    with workspace.lock():
        rows = [each for each in trusted_keys(workspace) if each.id != key.id]
        _write(workspace, [*rows, key])
    return key


def remove_key(workspace: Workspace, key_id: str) -> bool:
    """Trust a key no more; whether it was there."""
    with workspace.lock():
        rows = trusted_keys(workspace)
        left = [each for each in rows if each.id != key_id]
        if len(left) == len(rows):
            return False
        _write(workspace, left)
    return True


def _write(workspace: Workspace, keys: list[Key]) -> None:
    content = {"schema": SCHEMA, "keys": [key.as_dict() for key in keys]}
    write_object(os.path.join(workspace.root, TRUSTED), content)
