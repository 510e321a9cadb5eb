"""Settings and where they come from: flag > BR_* environment > project > user.

Project: the link in runner_state.json, then buildrunner/config.toml. User:
`$XDG_CONFIG_HOME/buildrunner/config.toml` (`~/.config/…`). Keys that `br login` obtains are kept a
server apart in `credentials.json` beside it, readable by its owner only.

A key goes only where its owner sent it: one from the environment or a flag is not given to a server
that nothing but the repository names, since a stranger may have written that.
"""

from __future__ import annotations

import os

from buildrunner.cli.errors import NOT_ALLOWED, Refusal
from buildrunner.workspace.personal import config_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

# name → environment variable
KEYS = {"server": "BR_SERVER", "api_key": "BR_API_KEY", "actor": "BR_ACTOR", "ttl": "BR_TTL"}
# What a project's file may not set: it is shared with everyone who clones it.
USER_ONLY = ("api_key",)
_TRUSTED = ("flag", "env", "user")


class Settings:
    """What holds for one run: `server`, `api_key`, `actor`, `ttl`; `source(name)` tells its layer.

    A source is "flag", "env", "link", "project", "user", or "" where nothing is set.
    """

    __slots__ = ("_sources", "_values", "credentials", "run")

    def __init__(
        self, values: dict[str, tuple[str, str]], credentials: dict[str, dict[str, Any]]
    ) -> None:
        self._values = {name: value for name, (value, _) in values.items()}
        self._sources = {name: source for name, (_, source) in values.items()}
        self.credentials = credentials
        self.run = os.environ.get("BR_RUN", "")  # the agent's run on the server

    def source(self, name: str) -> str:
        """The layer a setting comes from."""
        if name == "api_key" and not self._values.get(name) and self._stored():
            return "user"
        return self._sources.get(name, "")

    @property
    def server(self) -> str:
        """The server's origin without a trailing slash; "" where none is set."""
        return self._values.get("server", "")

    @property
    def actor(self) -> str:
        """Who is acting, "" where nothing says so."""
        return self._values.get("actor", "")

    @property
    def ttl(self) -> str:
        """How long a claim lasts by default, such as "2h"; "" where nothing says so."""
        return self._values.get("ttl", "")

    @property
    def trusted_server(self) -> bool:
        """Whether more than the repository itself names the server."""
        return self._sources.get("server") in _TRUSTED or self.server in self.credentials

    @property
    def api_key(self) -> str:
        """The key for `server`, "" where there is none.

        Raises Refusal `server_not_trusted` rather than hand a key from the environment to a server
        that only the repository names.
        """
        given = self._values.get("api_key", "")
        if not given:
            return self._stored()
        if self.server and not self.trusted_server:
            raise Refusal(
                "server_not_trusted",
                f"only this repository names {self.server}; BR_API_KEY is not sent there",
                hint="say that you mean it: set BR_SERVER too, or sign in once",
                missing=["BR_SERVER"],
                next_command=f"br login --server {self.server}",
                exit_code=NOT_ALLOWED,
            )
        return given

    def _stored(self) -> str:
        return str(self.credentials.get(self.server, {}).get("api_key") or "")


def settings(
    workspace: Workspace | None = None, *, server: str | None = None, api_key: str | None = None
) -> Settings:
    """The settings of one run; `server` and `api_key` are what flags gave."""
    layers: list[tuple[str, dict[str, str]]] = [
        ("flag", {"server": server or "", "api_key": api_key or ""}),
        ("env", {name: os.environ.get(variable, "") for name, variable in KEYS.items()}),
    ]
    if workspace is not None:
        link = workspace.state().get("server")
        layers.append(("link", {"server": link if isinstance(link, str) else ""}))
        path = os.path.join(workspace.root, "buildrunner", "config.toml")
        found = _read_toml(path)
        layers.append(("project", {k: v for k, v in found.items() if k not in USER_ONLY}))
    layers.append(("user", _read_toml(os.path.join(config_folder(), "config.toml"))))
    values: dict[str, tuple[str, str]] = {}
    for source, layer in layers:
        for name in KEYS:
            if name not in values and layer.get(name):
                value = layer[name].strip()
                values[name] = (origin(value) if name == "server" else value, source)
    return Settings(values, read_credentials())


def origin(address: str) -> str:
    """A server's address as it is compared and stored: no trailing slash."""
    return address.rstrip("/")


def _read_toml(path: str) -> dict[str, str]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    import tomllib

    try:
        table = tomllib.loads(data.decode())
    except ValueError as error:
        raise Refusal(
            "config_unreadable", f"{path}: {error}", hint="mend or remove the file", exit_code=2
        ) from None
    for name in KEYS:
        if name in table and not isinstance(table[name], str):
            raise Refusal(
                "config_unreadable", f"{path}: {name} must be text in quotes", exit_code=2
            )
    return {name: table[name] for name in KEYS if name in table}


# Keys kept for the user, a server apart: {"servers": {origin: {"api_key", "person", …}}}.


def _credentials_path() -> str:
    return os.path.join(config_folder(), "credentials.json")


def read_credentials() -> dict[str, dict[str, Any]]:
    """Origin → what is stored for it; a server without a key is one the user has named."""
    path = _credentials_path()
    if not os.path.exists(path):
        return {}
    from buildrunner.workspace.state import read_object

    servers = (read_object(path) or {}).get("servers")
    if not isinstance(servers, dict):
        return {}
    return {name: value for name, value in servers.items() if isinstance(value, dict)}


def store_credentials(server: str, **members: Any) -> None:
    """Remember a server and what belongs to it (`api_key=…`, `person=…`), mode 0600."""
    servers = read_credentials()
    servers[origin(server)] = {**servers.get(origin(server), {}), **members}
    _write_credentials(servers)


def forget_credentials(server: str) -> bool:
    """Forget a server; whether anything was stored for it."""
    servers = read_credentials()
    found = servers.pop(origin(server), None)
    if found is not None:
        _write_credentials(servers)
    return found is not None


def _write_credentials(servers: dict[str, dict[str, Any]]) -> None:
    import json

    from buildrunner.workspace import files

    files.make_folder(config_folder())
    text = json.dumps({"servers": servers}, indent=2, ensure_ascii=False) + "\n"
    path = _credentials_path()
    if os.path.exists(path):
        os.chmod(path, 0o600)
    files.write(path, text.encode(), mode=0o600)
