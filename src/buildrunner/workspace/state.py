"""What belongs to this clone alone: runner_state.json and the sync base.

runner_state.json: `{"schema": 1, "server", "project_id", "branch", "base": {"revision", "hash"} |
null, "pending_conflicts": [...], "template_hash", ...}`; members this version does not know stay.
"""

from __future__ import annotations

import os

from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

SCHEMA = 1
RUNNER_STATE = "runner_state.json"
BASE = "base.json"


def read_object(path: str) -> dict[str, Any] | None:
    """The JSON object in a file, None where there is no file. Raises WorkspaceError."""
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import SpecError
    from buildrunner.workspace.files import read

    try:
        return loads(read(path))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except SpecError as error:
        place = f":{error.line}" if error.line else ""
        raise WorkspaceError(
            "state_unreadable",
            f"{path}{place}: {error.message}",
            f"mend it, or remove it (`rm {path}`) and link again",
        ) from error


def write_object(path: str, value: dict[str, Any]) -> None:
    """Write a JSON object atomically, indented for people."""
    import json

    from buildrunner.workspace.files import write

    write(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_state(workspace: Workspace) -> dict[str, Any]:
    """See `Workspace.state`."""
    path = os.path.join(workspace.state_dir, RUNNER_STATE)
    state = read_object(path) or {}
    schema = state.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise WorkspaceError(
            "state_too_new",
            f"{path} has schema {schema!r}; this br knows {SCHEMA}",
            "upgrade br, or remove the file and link again",
        )
    return state


def update_state(workspace: Workspace, changes: dict[str, Any]) -> dict[str, Any]:
    """See `Workspace.update_state`."""
    with workspace.lock():
        state = {"schema": SCHEMA, **read_state(workspace), **changes}
        state = {key: value for key, value in state.items() if value is not None}
        write_object(os.path.join(workspace.state_dir, RUNNER_STATE), state)
    return state


def read_base(workspace: Workspace) -> dict[str, Any] | None:
    """See `Workspace.base`."""
    return read_object(os.path.join(workspace.state_dir, BASE))


def write_base(workspace: Workspace, plan: dict[str, Any] | None) -> None:
    """See `Workspace.write_base`."""
    path = os.path.join(workspace.state_dir, BASE)
    with workspace.lock():
        if plan is None:
            from buildrunner.workspace.files import discard

            discard(path)
        else:
            write_object(path, plan)
