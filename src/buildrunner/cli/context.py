"""What a command is given: its arguments, the output, the workspace, the settings."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.cli.arguments import Arguments
    from buildrunner.cli.config import Settings
    from buildrunner.cli.output import Output
    from buildrunner.workspace.folder import Workspace


class Context:
    """One run of one command. `directory` is where to work (`-C DIR`), absolute."""

    __slots__ = ("_settings", "_workspace", "arguments", "directory", "out")

    def __init__(self, arguments: Arguments, out: Output, directory: str) -> None:
        self.arguments = arguments
        self.out = out
        self.directory = directory
        self._workspace: Workspace | None = None
        self._settings: Settings | None = None

    @property
    def workspace(self) -> Workspace:
        """The workspace around `directory`. Raises WorkspaceError (exit code 3)."""
        if self._workspace is None:
            from buildrunner.workspace.folder import find

            self._workspace = find(self.directory)
        return self._workspace

    def workspace_or_none(self) -> Workspace | None:
        """The workspace, for commands that can do without one."""
        from buildrunner.workspace.errors import WorkspaceError

        try:
            return self.workspace
        except WorkspaceError:
            return None

    @property
    def settings(self) -> Settings:
        """Settings by precedence: flag, environment, project, user."""
        if self._settings is None:
            from buildrunner.cli.config import settings

            self._settings = settings(
                self.workspace_or_none(), server=self.arguments.text("server")
            )
            if not self._settings.run:
                self._settings.run = self._run_of(self.named_actor() or self._settings.actor)
        return self._settings

    def _run_of(self, actor: str) -> str:
        """The agent's run on the server that goes on under this name."""
        workspace = self.workspace_or_none()
        if not actor or workspace is None:
            return ""
        if not os.path.exists(os.path.join(workspace.state_dir, "sessions")):
            return ""
        from buildrunner.workspace.runs import current

        found = current(workspace.state_dir, actor)
        return str(found.get("run") or "") if found else ""

    def named_actor(self) -> str:
        """Who `--as` or BR_ACTOR says is acting; "" when nobody said."""
        return self.arguments.text("as") or os.environ.get("BR_ACTOR", "")

    def actor(self) -> str:
        """Who is acting: --as, BR_ACTOR, the settings, git's user.name, the login name."""
        named = self.named_actor() or self.settings.actor
        if named:
            return named
        from buildrunner.workspace import git

        return git.author(self.directory) or os.environ.get("USER", "") or f"uid {os.getuid()}"

    def path(self, name: str) -> str:
        """A path given on the command line, relative to `directory`."""
        return os.path.join(self.directory, os.path.expanduser(name))
