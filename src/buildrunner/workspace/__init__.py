"""A repository on disk: its plan, its state, its journal, its claims and its git.

`find`, `Workspace` and `WorkspaceError` are loaded on first use, so that importing the package
costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.errors import WorkspaceError
    from buildrunner.workspace.folder import Workspace, find

__all__ = ["Workspace", "WorkspaceError", "find"]


def __getattr__(name: str) -> Any:
    if name == "WorkspaceError":
        from buildrunner.workspace import errors

        return errors.WorkspaceError
    if name in __all__:
        from buildrunner.workspace import folder

        return getattr(folder, name)
    raise AttributeError(name)
