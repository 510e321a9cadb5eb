"""Starting a workspace: a small plan to replace, the state folder, `.env` kept out of git.

Nothing that exists is overwritten; a second run says what it kept.
"""

from __future__ import annotations

import os

from buildrunner.workspace import envfile, files, git
from buildrunner.workspace.editing import now
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import PLAN, STATE, Workspace
from buildrunner.workspace.state import RUNNER_STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Scaffold:
    """What `create` did: paths relative to `root`, created, changed and kept."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.created: list[str] = []
        self.changed: list[str] = []
        self.kept: list[str] = []
        self.env_tracked = False

    def _note(self, made: bool, name: str) -> None:
        (self.created if made else self.kept).append(name)


def template(title: str, project_id: str) -> dict[str, Any]:
    """The plan a new workspace starts with: lints clean, and says how to replace it."""
    return {
        "projectId": project_id,
        "title": title,
        "version": "0.1.0",
        "updatedAt": now(),
        "milestones": [
            {
                "id": "m1",
                "title": "First milestone: something a user can try",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "Agree on what is built",
                        "microsteps": [
                            {
                                "id": "m1.s1.ms1",
                                "title": "Say who it is for and what it does",
                                "status": "todo",
                                "criteria": ["README.md says it in five lines"],
                                "effort_points": 1,
                                "impact_score": 8,
                                "priority": "P1",
                            },
                            {
                                "id": "m1.s1.ms2",
                                "title": "Replace this template with your own milestones",
                                "status": "todo",
                                "criteria": [
                                    "`br lint` reports nothing",
                                    "Somebody else can check every criterion",
                                ],
                                "depends_on": ["m1.s1.ms1"],
                                "effort_points": 2,
                                "impact_score": 9,
                                "priority": "P1",
                            },
                        ],
                    },
                    {
                        "id": "m1.s2",
                        "title": "Prove it end to end",
                        "microsteps": [
                            {
                                "id": "m1.s2.ms1",
                                "title": "One path works from the first click to the result",
                                "status": "todo",
                                "criteria": ["An automated test walks the path and passes"],
                                "depends_on": ["m1.s1.ms2"],
                                "effort_points": 5,
                                "impact_score": 10,
                                "priority": "P2",
                            }
                        ],
                    },
                ],
            }
        ],
    }


def _uuid() -> str:
    """A random UUID (version 4, RFC 9562 section 5.4)."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def create(root: str, title: str | None = None) -> Scaffold:
    """Make `root` a workspace. Raises WorkspaceError where it cannot be written."""
    from buildrunner.spec.document import document_hash
    from buildrunner.spec.layout import dumps

    if os.path.lexists(root) and not os.path.isdir(root):
        raise WorkspaceError("not_a_folder", f"{root} is no folder", exit_code=2)
    done = Scaffold(root)
    workspace = Workspace(root)
    files.make_folder(os.path.dirname(workspace.plan_path))
    had_ignore = os.path.lexists(os.path.join(workspace.state_dir, ".gitignore"))
    workspace.ensure_state()
    with workspace.lock():
        plan = template(title or os.path.basename(os.path.abspath(root)) or "plan", _uuid())
        made = files.create(workspace.plan_path, dumps(plan).encode())
        done._note(made, PLAN)
        done._note(not had_ignore, os.path.join(STATE, ".gitignore"))
        if os.path.lexists(os.path.join(workspace.state_dir, RUNNER_STATE)):
            done._note(False, os.path.join(STATE, RUNNER_STATE))
            workspace.state()  # unreadable: better said now than at the next sync
        else:
            done._note(True, os.path.join(STATE, RUNNER_STATE))
            workspace.update_state()
        if made:
            workspace.update_state(template_hash=document_hash(plan))
    example = os.path.join(root, envfile.EXAMPLE)
    done._note(files.create(example, envfile.example().encode()), envfile.EXAMPLE)
    _ignore_env(done)
    return done


def _ignore_env(done: Scaffold) -> None:
    """Make git ignore `.env`, inside a repository and for the day there is one."""
    root = done.root
    inside = git.top_level(root) is not None
    if inside:
        done.env_tracked = bool(git.run(["ls-files", "--", ".env"], root, check=False))
        # With an exit code of 0 git prints the path: some pattern covers it already.
        ignored = bool(git.run(["check-ignore", "--no-index", ".env"], root, check=False))
    else:
        ignored = False
    path = os.path.join(root, ".gitignore")
    try:
        text = files.read(path).decode(errors="surrogateescape")
    except FileNotFoundError:
        text = ""
        if not ignored:
            files.create(path, b".env\n")
            done.created.append(".gitignore")
        return
    if ignored or any(line.strip() in (".env", "/.env") for line in text.splitlines()):
        done.kept.append(".gitignore")
        return
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else newline
    files.write(path, f"{text}{gap}.env{newline}".encode(errors="surrogateescape"))
    done.changed.append(".gitignore")
