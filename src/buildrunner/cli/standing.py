"""How a clone stands: to its server (in sync, ahead, behind, diverged), to git, to Supabase.

What needs the network is asked with one second's patience for everything together; an answer that
does not come is told as such and delays nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.context import Context
    from buildrunner.workspace.folder import Workspace

AHEAD = "ahead.json"


def standing(context: Context, *, offline: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """(sync, health). Sync: `{"state", "ahead", "behind", "conflicts", …}`; health: by service."""
    workspace = context.workspace
    state = workspace.state()
    linked = isinstance(state.get("project_id"), str) and isinstance(state.get("server"), str)
    sync = _local_state(workspace, state) if linked else _unlinked(workspace, state)
    if offline:
        return sync, {}
    supabase = _supabase_url(workspace)
    if not linked and not supabase:
        return sync, {}
    from buildrunner.cli.health import look

    health, revision = look(context, state if linked else None, supabase)
    if linked and revision is not None:
        _compare(sync, revision)
    return sync, health


def _unlinked(workspace: Workspace, state: dict[str, Any]) -> dict[str, Any]:
    return {"state": "conflicts" if _conflicts(workspace, state) else "unlinked",
            "conflicts": _conflicts(workspace, state)}  # fmt: skip


def _conflicts(workspace: Workspace, state: dict[str, Any]) -> int:
    waiting = state.get("pending_conflicts")
    if not isinstance(waiting, list) or not waiting:
        return 0
    from buildrunner.workspace.pending import RECORD, git_conflicts
    from buildrunner.workspace.state import read_object

    record = read_object(os.path.join(workspace.state_dir, RECORD))
    if record is not None and record.get("revision") is None:
        return len(git_conflicts(workspace))
    return len(waiting)


def _local_state(workspace: Workspace, state: dict[str, Any]) -> dict[str, Any]:
    """What can be said without asking the server: `behind` stays null."""
    from buildrunner.workspace.git import branch

    known = state.get("base")
    base = known if isinstance(known, dict) else None
    here = branch(workspace.root)
    ahead = _ahead(workspace) if base is not None else None
    conflicts = _conflicts(workspace, state)
    word = "never_synced" if base is None else "ahead" if ahead else "in_sync"
    return {
        "state": "conflicts" if conflicts else word,
        "server": state["server"],
        "project_id": state["project_id"],
        "branch": state.get("branch"),
        "on_branch": state.get("branch") in (None, here),
        "revision": base.get("revision") if base else None,
        "ahead": ahead,
        "behind": None,
        "conflicts": conflicts,
    }


def _compare(sync: dict[str, Any], revision: int) -> None:
    """Take the server's revision into account."""
    mine = sync["revision"]
    sync["behind"] = max(0, revision - mine) if isinstance(mine, int) else revision or None
    if sync["state"] in ("ahead", "in_sync") and sync["behind"]:
        sync["state"] = "diverged" if sync["ahead"] else "behind"


def _ahead(workspace: Workspace) -> int | None:
    """How many operations lie between the sync base and the plan; None where no base is there.

    Kept like the index, under the signatures of both files.
    """
    import time

    from buildrunner.workspace.index import is_settled, load, signature, store
    from buildrunner.workspace.state import BASE

    base_path = os.path.join(workspace.state_dir, BASE)
    path = os.path.join(workspace.state_dir, AHEAD)
    try:
        marks = signature(workspace.plan_path), signature(base_path)
    except OSError:
        return None
    kept = load(path, [*marks[0], *marks[1]])
    if kept is not None:
        count = kept.get("ahead")
        return count if isinstance(count, int) else None
    moment = time.time_ns()
    base = workspace.base()
    if base is None:
        return None
    from buildrunner.spec.diff import diff

    count = len(diff(base, workspace.read()[1]))
    if all(is_settled(mark, moment) for mark in marks):
        store(path, [*marks[0], *marks[1]], {"ahead": count})
    return count


def _supabase_url(workspace: Workspace) -> str:
    """SUPABASE_URL from the environment or the workspace's .env, "" where it is not set."""
    url = os.environ.get("SUPABASE_URL", "")
    if not url:
        try:
            with open(
                os.path.join(workspace.root, ".env"), encoding="utf-8", errors="replace"
            ) as f:
                lines = [line for line in f if "SUPABASE_URL" in line and not line.startswith("#")]
        except OSError:
            return ""
        if lines:
            from buildrunner.workspace.envfile import parse

            url = parse("".join(lines))[0].get("SUPABASE_URL", "")
    return url if url.startswith(("http://", "https://")) and "your-project-ref" not in url else ""


def sentence(sync: dict[str, Any]) -> str:
    """The sync state in words, with the command that changes it."""
    state = sync["state"]
    if state == "unlinked":
        return "not linked to a server"
    if state == "conflicts":
        return f"{_count(sync['conflicts'], 'conflict')} to settle: br reconcile"
    where = f"{sync['server']} ({sync['project_id']})"
    if not sync["on_branch"]:
        return f"linked on branch {sync['branch']}, which is not checked out; {where}"
    if state == "never_synced":
        return f"linked, never synced: br sync; {where}"
    ahead = f"{_count(sync['ahead'], 'change')} to send" if sync["ahead"] else ""
    behind = f"{_count(sync['behind'], 'revision')} to take" if sync["behind"] else ""
    known = "" if sync["behind"] is not None else " as far as is known here"
    words = {
        "in_sync": f"in sync with revision {sync['revision']}{known}",
        "ahead": f"{ahead}: br sync",
        "behind": f"{behind}: br sync",
        "diverged": f"{ahead}, {behind}: br sync",
    }[state]
    return f"{words}; {where}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
