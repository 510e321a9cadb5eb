"""Runs of agents in this clone: who worked, from when to when, from which commit to which.

`state/sessions/open.json` has, by the agent's name, the run that goes on: `{"session", "run": its id
on the server or null, "started", "ttl"}`. Each run has a journal, `state/sessions/SESSION.jsonl`: a line
`{"run": "begun", "time", "session", "actor", "program", "commit", "branch", "ttl"}`, one for each call
of a tool, and `{"run": "ended", "time", "commit", "freed"}`. A run without an end whose last line or
change is older than its `ttl` is lost.
"""

from __future__ import annotations

import json
import os
import time

from buildrunner.workspace import files, git
from buildrunner.workspace.lock import FileLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

FOLDER = "sessions"
OPEN = "open.json"
DEFAULT_TTL = 1800
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def current(state_dir: str, actor: str) -> dict[str, Any] | None:
    """The run that goes on under an agent's name; one that fell silent is none any more."""
    found = _open(state_dir).get(actor)
    if not isinstance(found, dict) or not isinstance(found.get("session"), str):
        return None
    seen = _touched(_journal(state_dir, found["session"]))
    return found if seen + float(found.get("ttl") or DEFAULT_TTL) > time.time() else None


def alive(state_dir: str, actor: str) -> str:
    """The session of the run that goes on under that name, which counts as alive; "" where none."""
    found = current(state_dir, actor)
    if found is None:
        return ""
    os.utime(_journal(state_dir, found["session"]))
    return str(found["session"])


def begin(workspace: Workspace, actor: str, *, program: str, session: str, ttl: int) -> bool:
    """Open a run under an agent's name, or go on with the one that is open; whether it is new."""
    if current(workspace.state_dir, actor) is not None:
        return False
    moment = time.strftime(_FORM, time.gmtime())
    line = {
        "run": "begun",
        "time": moment,
        "session": session,
        "actor": actor,
        "program": program,
        "commit": commit_of(workspace),
        "branch": git.branch(workspace.root) or "",
        "ttl": ttl,
    }
    write(workspace, session, line)
    _keep(workspace, actor, {"session": session, "run": None, "started": moment, "ttl": ttl})
    return True


def know(workspace: Workspace, actor: str, run: str) -> None:
    """Remember the id that the server gave the open run."""
    found = current(workspace.state_dir, actor)
    if found is not None:
        _keep(workspace, actor, {**found, "run": run})


def end(workspace: Workspace, actor: str, freed: list[str]) -> dict[str, Any] | None:
    """Close the run of that name: what was known of it, None where there was none."""
    found = current(workspace.state_dir, actor)
    if found is not None:
        line = {
            "run": "ended",
            "time": time.strftime(_FORM, time.gmtime()),
            "commit": commit_of(workspace),
            "freed": freed,
        }
        write(workspace, found["session"], line)
    _keep(workspace, actor, None)
    return found


def write(workspace: Workspace, session: str, line: dict[str, Any]) -> None:
    """Add a line to a run's journal."""
    workspace.ensure_state()
    os.makedirs(os.path.join(workspace.state_dir, FOLDER), exist_ok=True)
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    files.append(_journal(workspace.state_dir, session), text.encode(errors="replace") + b"\n")


def commit_of(workspace: Workspace) -> str | None:
    """HEAD, None where there is none."""
    return git.run(["rev-parse", "HEAD"], workspace.root, check=False).strip() or None


def every(workspace: Workspace) -> list[dict[str, Any]]:
    """What each run of this clone did, newest first.

    `{"session", "actor", "program", "state": open|ended|lost, "started", "seen", "ended",
    "commit_start", "commit_end", "branch", "claimed", "changes": numbers in `br log`, "changed": ids,
    "evidence", "refused": codes, "calls"}`.
    """
    from buildrunner.workspace import journal

    folder = os.path.join(workspace.state_dir, FOLDER)
    try:
        names = [name[:-6] for name in os.listdir(folder) if name.endswith(".jsonl")]
    except FileNotFoundError:
        return []
    changes: dict[str, list[dict[str, Any]]] = {}
    for entry in journal.entries(workspace):
        if isinstance(entry.get("session"), str):
            changes.setdefault(entry["session"], []).append(entry)
    going = {one.get("session") for one in _open(workspace.state_dir).values()}
    found = [
        _told(workspace.state_dir, name, changes.get(name, []), open_=name in going)
        for name in names
    ]
    return sorted(found, key=lambda run: str(run["started"]), reverse=True)


def _told(
    state_dir: str, session: str, changes: list[dict[str, Any]], *, open_: bool
) -> dict[str, Any]:
    lines = _lines(_journal(state_dir, session))
    first, last = (lines[0], lines[-1]) if lines else ({}, {})
    calls = [line for line in lines if "verb" in line]
    over = last if last.get("run") == "ended" else {}
    commits = [each.get("commit") for each in (*lines, *changes) if each.get("commit")]
    times = [str(each.get("time") or "") for each in (*lines, *changes)]
    seen = max(times, default="")
    silent = _seconds(seen) + float(first.get("ttl") or DEFAULT_TTL) <= time.time()
    state = "ended" if over else "open" if open_ and not silent else "lost"
    taken = [
        line["words"][-1]
        for line in calls
        if line.get("exit") == 0 and line.get("verb") in ("start", "claim") and line.get("words")
    ]
    taken += [
        operation["id"]
        for entry in changes
        if str(entry.get("command", "")).split(" ")[0] in ("start", "next")
        for operation in entry.get("operations", ())
        if "id" in operation
    ]
    proved = [
        line["words"][-1]
        for line in calls
        if line.get("exit") == 0 and line.get("verb") == "report_evidence" and line.get("words")
    ]
    return {
        "session": session,
        "actor": first.get("actor") or "",
        "program": first.get("program") or "",
        "state": state,
        "started": min(times, default=""),
        "seen": seen,
        "ended": over.get("time"),
        "commit_start": commits[0] if commits else None,
        "commit_end": commits[-1] if commits else None,
        "branch": first.get("branch") or "",
        "claimed": list(dict.fromkeys(taken)),
        "freed": over.get("freed") or [],
        "changes": [entry["n"] for entry in changes],
        "changed": list(
            dict.fromkeys(
                str(operation.get("id") or operation.get("parent"))
                for entry in changes
                for operation in entry.get("operations", ())
            )
        ),
        "evidence": list(dict.fromkeys(proved)),
        "refused": [line["code"] for line in calls if line.get("code")],
        "calls": len(calls),
    }


def _lines(path: str) -> list[dict[str, Any]]:
    found = []
    for text in files.read(path).splitlines():
        try:
            line = json.loads(text)
        except ValueError:  # torn by a crash
            continue
        if isinstance(line, dict):
            found.append(line)
    return found


def _seconds(moment: str) -> float:
    import calendar

    try:
        return calendar.timegm(time.strptime(moment, _FORM))
    except ValueError:
        return 0.0


def _journal(state_dir: str, session: str) -> str:
    return os.path.join(state_dir, FOLDER, f"{os.path.basename(session)}.jsonl")


def _touched(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _open(state_dir: str) -> dict[str, Any]:
    try:
        with open(os.path.join(state_dir, FOLDER, OPEN), "rb") as file:
            found = json.loads(file.read())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(workspace: Workspace, actor: str, value: dict[str, Any] | None) -> None:
    workspace.ensure_state()
    folder = os.path.join(workspace.state_dir, FOLDER)
    os.makedirs(folder, exist_ok=True)
    with FileLock(os.path.join(folder, "open.lock")):
        book = _open(workspace.state_dir)
        book.pop(actor, None)
        if value is not None:
            book[actor] = value
        files.write(os.path.join(folder, OPEN), json.dumps(book).encode())
