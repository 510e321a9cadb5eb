"""Leases on microsteps inside one clone, shared by its worktrees.

A lease lives in `<git common directory>/buildrunner/claims.json`, or in the state folder outside
git: `{"schema": 1, "claims": {workspace path: {microstep id: lease}}}`, where a lease is
`{"microstep_id", "holder", "since", "expires_at"}` with times in RFC 3339, UTC. An expired lease
counts as none.
"""

from __future__ import annotations

import os
import time

from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.state import read_object, write_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

DEFAULT_TTL = 7200
MAX_TTL = 7 * 86_400
# How long a lease that ran out is remembered, for `br drift`.
KEPT = 90 * 86_400
SCHEMA = 1


def path_of(workspace: Workspace) -> str:
    """Where the leases of a workspace are kept."""
    common = git.common_dir(workspace.root)
    return os.path.join(
        os.path.join(common, "buildrunner") if common else workspace.state_dir, "claims.json"
    )


def _key(workspace: Workspace) -> str:
    """A workspace's path inside its working tree: equal in all worktrees."""
    top = git.top_level(workspace.root)
    return os.path.relpath(workspace.root, top).replace(os.sep, "/") if top else "."


def active(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Microstep id → lease, for the leases that have not expired. Takes no lock."""
    return _active(_read(path_of(workspace)), _key(workspace))


def lapsed(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The leases that ran out and were not given back, for `KEPT` seconds. Takes no lock."""
    return _lapsed(_read(path_of(workspace)), _key(workspace))


def _lapsed(book: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    leases = book["claims"].get(key)
    oldest, moment = _stamp(time.time() - KEPT), _stamp(time.time())
    return {
        identifier: lease
        for identifier, lease in (leases if isinstance(leases, dict) else {}).items()
        if isinstance(lease, dict)
        and isinstance(lease.get("holder"), str)
        and oldest < str(lease.get("expires_at", "")) <= moment
    }


def _active(book: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    moment = _stamp(time.time())
    leases = book["claims"].get(key)
    if not isinstance(leases, dict):
        return {}
    return {
        identifier: lease
        for identifier, lease in leases.items()
        if isinstance(lease, dict)
        and isinstance(lease.get("holder"), str)
        and str(lease.get("expires_at", "")) > moment
    }


def _read(path: str) -> dict[str, Any]:
    book = read_object(path) or {}
    if not isinstance(book.get("claims"), dict):
        book = {"schema": SCHEMA, "claims": {}}
    return book


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def claim(
    workspace: Workspace,
    microstep_id: str,
    *,
    holder: str,
    ttl: int = DEFAULT_TTL,
    renew: bool = False,
) -> dict[str, Any]:
    """Take the lease of a microstep for `ttl` seconds and return it.

    Raises WorkspaceError `claim_held` (exit code 5) while another holder has it, and also while
    `holder` itself has it unless `renew`: two agents of one name must not both go ahead.
    """
    with _Book(workspace) as book:
        held = book.leases.get(microstep_id)
        if held is not None and not (renew and held["holder"] == holder):
            raise held_error(microstep_id, held, holder)
        since = held["since"] if held else _stamp(time.time())
        lease = {
            "microstep_id": microstep_id,
            "holder": holder,
            "since": since,
            "expires_at": _stamp(time.time() + ttl),
        }
        book.leases[microstep_id] = lease
        return lease


def held_error(microstep_id: str, held: dict[str, Any], holder: str) -> WorkspaceError:
    """The refusal for a microstep somebody holds."""
    mine = held["holder"] == holder
    return WorkspaceError(
        "claim_held",
        f"{microstep_id} is held by {held['holder']} until {held['expires_at']}",
        "name yourself with --as NAME or BR_ACTOR to go on with your own lease"
        if mine
        else "take another one",
        5,
        missing=[f"the lease of {microstep_id}"],
        next_command=f"br claim {microstep_id} --renew" if mine else "br next",
    )


def release(
    workspace: Workspace, microstep_id: str, *, holder: str, force: bool = False
) -> dict[str, Any] | None:
    """Give a lease back and return it; None when there was none.

    Raises WorkspaceError `claim_held` when another holder has it and not `force`.
    """
    with _Book(workspace) as book:
        held = book.leases.get(microstep_id)
        book.lapsed.pop(microstep_id, None)
        if held is None:
            return None
        if held["holder"] != holder and not force:
            raise WorkspaceError(
                "claim_held",
                f"{microstep_id} is held by {held['holder']} until {held['expires_at']}",
                "--force takes it away from them",
                5,
                missing=[f"the lease of {microstep_id}"],
                next_command=f"br release {microstep_id} --force",
            )
        return book.leases.pop(microstep_id)


def annotate(workspace: Workspace, microstep_id: str, lease: dict[str, Any]) -> dict[str, Any]:
    """Replace what is known of a lease just taken, such as what the server answered."""
    with _Book(workspace) as book:
        book.leases[microstep_id] = lease
    return lease


class _Book:
    """The leases of one workspace under the book's own lock, written back when changed."""

    def __init__(self, workspace: Workspace) -> None:
        from buildrunner.workspace.files import make_folder
        from buildrunner.workspace.lock import FileLock

        self._path = path_of(workspace)
        self._key = _key(workspace)
        if os.path.dirname(self._path) == workspace.state_dir:
            workspace.ensure_state()
        else:
            make_folder(os.path.dirname(self._path))
        self._lock = FileLock(self._path + ".lock")
        self.leases: dict[str, dict[str, Any]] = {}
        self.lapsed: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> _Book:
        self._lock.__enter__()
        try:
            self._book = _read(self._path)
            self.leases = _active(self._book, self._key)
            self.lapsed = _lapsed(self._book, self._key)
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        try:
            kept = self.lapsed | self.leases
            if kind is None and kept != self._book["claims"].get(self._key):
                self._book["claims"][self._key] = kept
                write_object(self._path, self._book)
        finally:
            self._lock.__exit__(None, None, None)
