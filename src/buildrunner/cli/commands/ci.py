"""`br ci init`: the workflow that proves the plan on every change and on the merge result."""

from __future__ import annotations

import os
from typing import Any

from buildrunner import __version__
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, usage
from buildrunner.evidence import signing
from buildrunner.workspace import files, git, keys

HOSTS = ("github", "gitlab")
GITHUB = os.path.join(".github", "workflows", "buildrunner.yml")
GITLAB = os.path.join(".gitlab", "buildrunner.yml")
GITLAB_MAIN = ".gitlab-ci.yml"
_TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(__file__)), "ci")
_INCLUDE = "include:\n  - local: .gitlab/buildrunner.yml\n"


def run_init(context: Context) -> int:
    """Write what is missing; what is there and differs stays without `--force` (exit code 1)."""
    host = context.arguments.required("HOST")
    if host not in HOSTS:
        raise usage(f"{host!r} is none of {', '.join(HOSTS)}", next_command="br ci init github")
    root = git.top_level(context.workspace.root) or context.workspace.root
    writer = _Writer(context, root)
    if host == "github":
        writer.put(GITHUB, _github(context, _folder(context, root)))
    else:
        writer.put(GITLAB, _gitlab(context, _folder(context, root)))
        writer.include()
    private = _make_key(context, host, writer) if context.arguments.flag("key") else ""
    return writer.report(host, private)


def _make_key(context: Context, host: str, writer: _Writer) -> str:
    """A key pair for CI: the public half is vouched for, the private one is shown this once."""
    if context.arguments.flag("dry-run"):
        writer.written.append(keys.TRUSTED)
        return ""
    private = signing.generate()
    keys.add_key(context.workspace, signing.public_key(private), f"CI ({host})", "ci")
    writer.written.append(keys.TRUSTED)
    return signing.encode(private)


class _Writer:
    """What was written, what was there already, what stands in the way."""

    def __init__(self, context: Context, root: str) -> None:
        self._context = context
        self._root = root
        self._dry = context.arguments.flag("dry-run")
        self._force = context.arguments.flag("force")
        self.written: list[str] = []
        self.kept: list[str] = []
        self.differing: list[str] = []
        self._to_do: list[str] = []

    def put(self, name: str, text: str) -> None:
        """Write a file whole, or leave the one there is."""
        path = os.path.join(self._root, name)
        there = _read(path)
        if there == text:
            self.kept.append(name)
            return
        if there is not None and not self._force:
            self.differing.append(name)
            return
        self.written.append(name)
        if self._dry:
            self._context.out.data(f"--- {name}")
            self._context.out.raw(text)
            return
        files.make_folder(os.path.dirname(path))
        files.write(path, text.encode())

    def include(self) -> None:
        """GitLab reads one file: made where there is none, never changed where there is."""
        there = _read(os.path.join(self._root, GITLAB_MAIN))
        if there is None:
            self.put(GITLAB_MAIN, _INCLUDE)
        elif ".gitlab/buildrunner.yml" in there:
            self.kept.append(GITLAB_MAIN)
        else:
            self._to_do.append(f"add to {GITLAB_MAIN}:\n{_INCLUDE.rstrip()}")

    def report(self, host: str, private: str) -> int:
        """Say what was done; the exit code."""
        out = self._context.out
        verb = "would write" if self._dry else "wrote"
        for name in self.written:
            out.note(f"{verb} {name}")
        for name in self.kept:
            out.note(f"kept {name}: it is as it should be")
        for name in self.differing:
            out.note(f"{name} is there and differs: --force writes over it, --dry-run shows")
        for text in self._to_do:
            out.note(text)
        out.emit(
            {
                "host": host,
                "dry_run": self._dry,
                "written": self.written,
                "kept": self.kept,
                "differing": self.differing,
                "to_do": self._to_do,
                "signing_key": private or None,
            }
        )
        if private:
            out.data(f"{keys.VARIABLE}={private}")
            out.note("put it among the secrets of CI now: it is kept nowhere else")
        if self.written and not self._dry:
            out.note("its first lines say which secrets and variables it reads")
            out.hint(f"git add {' '.join(self.written)}")
        return REFUSED if self.differing else OK


def _read(path: str) -> str | None:
    try:
        return files.read(path).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _template(name: str) -> str:
    with open(os.path.join(_TEMPLATES, name), encoding="utf-8") as file:
        return file.read().replace("@VERSION@", __version__)


def _folder(context: Context, root: str) -> str:
    """Where the plan's folder is in the repository, with a slash at its end; "" for the root."""
    home = os.path.realpath(context.workspace.root)
    name = os.path.relpath(home, os.path.realpath(root)).replace(os.sep, "/")
    if name == ".":
        return ""
    if not all(c.isalnum() or c in "-_./ " for c in name):
        raise usage(f"the folder {name!r} cannot be written into a workflow")
    return f"{name}/"


def _github(context: Context, folder: str) -> str:
    server, project = _link(context)
    inside = f'\ndefaults:\n  run:\n    working-directory: "{folder[:-1]}"\n' if folder else ""
    return (
        _template("github.yml")
        .replace("@DEFAULTS@", inside)
        .replace("@PREFIX@", folder)
        .replace("@BRANCH@", _branch(context))
        .replace("@SERVER@", f" || '{server}'" if server else "")
        .replace("@PROJECT@", f" || '{project}'" if project else "")
    )


def _gitlab(context: Context, folder: str) -> str:
    lines = [
        f'    {name}: "{value}"\n'
        for name, value in zip(("BR_SERVER", "BR_PROJECT"), _link(context), strict=True)
        if value
    ]
    return (
        _template("gitlab.yml")
        .replace("@VARIABLES@", "".join(lines))
        .replace("@FOLDER@", f'    - cd "{folder[:-1]}"\n' if folder else "")
        .replace("@PREFIX@", folder)
    )


def _link(context: Context) -> tuple[str, str]:
    """Server and project of this clone's link, where they can stand in YAML as they are."""
    state: dict[str, Any] = context.workspace.state()
    found = [state.get(name) for name in ("server", "project_id")]
    plain = [
        value if isinstance(value, str) and not set(value) & set("'\"\\\n$ {}") else ""
        for value in found
    ]
    return (plain[0], plain[1]) if all(plain) else ("", "")


def _branch(context: Context) -> str:
    """The branch that merges go to: as said, as the remote says, or the one checked out."""
    root = context.workspace.root
    said = context.arguments.text("branch")
    arguments = ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]
    remote = git.run(arguments, root, check=False).removeprefix("origin/")
    name = said or remote or git.branch(root) or "main"
    if set(name) & set("\"\\\n$*?[]'"):
        raise usage(f"{name!r} cannot be written into a workflow; give --branch NAME")
    return name
