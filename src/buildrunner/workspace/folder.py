"""Finding the workspace around a folder, reading its plan, and replacing it whole.

Hot path of `br`: no import beyond `os` and the pure engine's reader until something is written.
"""

from __future__ import annotations

import os

from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.workspace.editing import Edit
    from buildrunner.workspace.lock import FileLock

HOME = "buildrunner"
PLAN = os.path.join(HOME, "specs", "plan.json")
STATE = os.path.join(HOME, "state")
IGNORE = (
    b"# What belongs to this clone alone: sync base, journal, caches, leases.\n*\n!.gitignore\n"
)


def find(start: str = ".") -> Workspace:
    """The workspace whose folder is `start` or one above it.

    Raises WorkspaceError `no_workspace`, or `no_plan` where only the plan is gone.
    """
    here = folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        raise WorkspaceError("no_folder", f"{start} is no folder", "name an existing one", 2)
    while True:
        if os.path.lexists(os.path.join(folder, PLAN)):
            return Workspace(folder)
        if os.path.isfile(os.path.join(folder, STATE, "runner_state.json")):
            raise WorkspaceError(
                "no_plan",
                f"{os.path.join(folder, PLAN)} is missing",
                "take it back from git, or let `br init` write a new one",
                missing=[PLAN],
                next_command=f"git checkout -- {PLAN}",
            )
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    raise WorkspaceError(
        "no_workspace",
        f"no {PLAN} in {here} or any folder above it",
        "start one here with `br init`",
        missing=[PLAN],
        next_command="br init",
    )


class Workspace:
    """One repository: `root` is the folder that holds `buildrunner/`."""

    __slots__ = ("_lock", "plan_path", "root", "state_dir")

    def __init__(self, root: str) -> None:
        self.root = root
        self.plan_path = os.path.join(root, PLAN)
        self.state_dir = os.path.join(root, STATE)
        self._lock: FileLock | None = None

    def read_bytes(self) -> bytes:
        """The plan file as it is. Raises WorkspaceError when it cannot be read."""
        from buildrunner.workspace.files import read

        try:
            return read(self.plan_path)
        except FileNotFoundError:
            raise WorkspaceError(
                "no_plan", f"{self.plan_path} is missing", missing=[PLAN], next_command="br init"
            ) from None

    def read(self) -> tuple[str, dict[str, Any]]:
        """(text, plan). Raises WorkspaceError, and PlanSyntaxError where it is no JSON."""
        from buildrunner.spec.document import loads

        data = self.read_bytes()
        plan = loads(data)
        return data.decode(), plan

    def lock(self) -> FileLock:
        """The lock every writer holds: `with workspace.lock():`, nesting allowed."""
        if self._lock is None:
            from buildrunner.workspace.lock import FileLock

            self.ensure_state()
            self._lock = FileLock(os.path.join(self.state_dir, "lock"))
        return self._lock

    def ensure_state(self) -> None:
        """Create the state folder and its .gitignore where a clone has none yet."""
        ignore = os.path.join(self.state_dir, ".gitignore")
        if not os.path.lexists(ignore):
            from buildrunner.workspace import files

            files.make_folder(self.state_dir)
            files.create(ignore, IGNORE)

    def write(self, text: str) -> None:
        """Replace the plan's text atomically; what changed is journalled as an outside edit.

        For a whole new text only; an edit of what is there goes through `edit`.
        """
        from buildrunner.workspace.editing import write_text

        write_text(self, text)

    def edit(
        self,
        change: list[dict[str, Any]] | Callable[[dict[str, Any]], list[dict[str, Any]]],
        *,
        command: str,
        actor: str,
        kind: str = "edit",
        dry_run: bool = False,
        arriving: bool = False,
    ) -> Edit:
        """Apply operations (or those a function of the current plan returns) under the lock.

        Layout is preserved and the operations with their inverse are journalled. `kind` is
        "edit" for a person's or agent's change, "sync" for what came from a server, "undo"
        for an undo. With `dry_run` nothing is locked or written.

        An edit that turns a microstep to done is refused without proof (`proving.NotProven`), or
        comes back with `Edit.unproven`, as the policy says; `arriving` tells that the operations
        come from elsewhere, as an import's do: what arrives done is kept, and is unproven.
        """
        from buildrunner.workspace.editing import edit

        return edit(
            self,
            change,
            command=command,
            actor=actor,
            kind=kind,
            dry_run=dry_run,
            arriving=arriving,
        )

    # runner_state.json and base.json, see `state`.

    def state(self) -> dict[str, Any]:
        """The content of runner_state.json; {} where there is none."""
        from buildrunner.workspace.state import read_state

        return read_state(self)

    def update_state(self, **changes: Any) -> dict[str, Any]:
        """Set members of runner_state.json under the lock; None removes one."""
        from buildrunner.workspace.state import update_state

        return update_state(self, changes)

    def base(self) -> dict[str, Any] | None:
        """The document last agreed on with the server."""
        from buildrunner.workspace.state import read_base

        return read_base(self)

    def write_base(self, plan: dict[str, Any] | None) -> None:
        """Remember the document agreed on with the server; None forgets it."""
        from buildrunner.workspace.state import write_base

        write_base(self, plan)
