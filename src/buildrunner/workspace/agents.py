"""Wiring a coding agent's program to the plan: its tools, and what its sessions hold.

Two things are set for each: the server of tools (`br mcp`), and hooks that run when a session starts
(it is told what it holds and what is next) and ends (what it holds is given back). What stands in the
files besides stays; a second time changes nothing. The files are committed, so they name `br`, not
this installation.
"""

from __future__ import annotations

import copy
import json
import os

from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.gitsetup import Setup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

HOSTS = ("claude", "cursor", "generic")
_BEGIN = "<!-- BuildRunner: br hooks install -->"
_END = "<!-- BuildRunner: end -->"
_GUIDE = """## The plan of this repository

`br` keeps the plan: milestones, steps, microsteps with acceptance criteria.

1. When you begin: `br hooks start --as NAME` says what you hold and what is next.
2. Take one microstep: `br start ID --as NAME`. `br context ID` has what you need to know.
3. Do it. Name the id in the commit message.
4. Prove it: `br qa run ID`, then `br done ID --as NAME`. A refusal names what is missing.
5. A question for the people: `br block ID 'the question' --as NAME`.
6. When you end: `br hooks end --as NAME` gives back what you hold.
"""


def install(workspace: Workspace, host: str, *, dry_run: bool = False) -> Setup:
    """Wire one of HOSTS. Raises WorkspaceError `unreadable_settings` where a file is no JSON object."""
    done = Setup()
    if host == "generic":
        _write_guide(workspace, done, dry_run=dry_run)
        return done
    actor = host
    changes: dict[str, dict[str, Any]]
    server = {"command": "br", "args": ["mcp", "--as", actor]}
    if host == "claude":
        changes = {
            ".mcp.json": {"mcpServers": {"buildrunner": server}},
            ".claude/settings.json": {
                "hooks": {
                    "SessionStart": [_claude_hook(f"br hooks start --as {actor}")],
                    "SessionEnd": [_claude_hook(f"br hooks end --as {actor}")],
                }
            },
        }
    else:
        changes = {
            ".cursor/mcp.json": {"mcpServers": {"buildrunner": server}},
            ".cursor/hooks.json": {
                "version": 1,
                "hooks": {
                    "sessionStart": [{"command": f"br hooks start --as {actor} --cursor"}],
                    "sessionEnd": [{"command": f"br hooks end --as {actor}"}],
                },
            },
        }
    # All are read before one is written.
    wanted = [(name, *_joined(workspace, name, more)) for name, more in changes.items()]
    for name, before, after in wanted:
        done.note(before != after, name)
        if before != after and not dry_run:
            path = os.path.join(workspace.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            text = json.dumps(after, indent=2, ensure_ascii=False) + "\n"
            files.write(path, text.encode())
    return done


def _claude_hook(command: str) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": command, "timeout": 30}]}


def _joined(
    workspace: Workspace, name: str, more: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings in a file as they are, and as they shall be."""
    path = os.path.join(workspace.root, name)
    try:
        with open(path, "rb") as file:
            before = json.loads(file.read() or b"{}")
    except FileNotFoundError:
        before = {}
    except ValueError as error:
        raise _unreadable(name, str(error)) from None
    if not isinstance(before, dict):
        raise _unreadable(name, "it is no JSON object")
    after = copy.deepcopy(before)
    _merge(after, more, name)
    return before, after


def _merge(into: dict[str, Any], more: dict[str, Any], name: str) -> None:
    for key, value in more.items():
        if key not in into:
            into[key] = value
        elif isinstance(value, dict) and isinstance(into[key], dict):
            if "command" in value:  # our own server, maybe of an older version
                into[key] = value
            else:
                _merge(into[key], value, name)
        elif isinstance(value, list) and isinstance(into[key], list):
            into[key] += [each for each in value if each not in into[key]]
        elif type(value) is not type(into[key]):
            raise _unreadable(name, f"{key} is not what it should be")


def _unreadable(name: str, why: str) -> WorkspaceError:
    return WorkspaceError(
        "unreadable_settings",
        f"{name} cannot be added to: {why}",
        "mend it, nothing was written",
        1,
    )


def _write_guide(workspace: Workspace, done: Setup, *, dry_run: bool) -> None:
    """A marked part of AGENTS.md, which most agents read."""
    path = os.path.join(workspace.root, "AGENTS.md")
    try:
        with open(path, encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    part = f"{_BEGIN}\n{_GUIDE}{_END}\n"
    head, found, rest = before.partition(_BEGIN)
    if found:
        after = head + part + rest.partition(_END)[2].lstrip("\n")
    else:
        after = f"{before.rstrip()}\n\n{part}" if before.strip() else part
    done.note(before != after, "AGENTS.md")
    if before != after and not dry_run:
        files.write(path, after.encode())
