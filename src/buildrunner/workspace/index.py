"""What `status` and `next` need of a plan, kept beside it so that it need not be parsed again.

The answer is computed by `summarize` and stored with the device, inode, size, mtime and ctime of
the plan it was read from. A file in a repository can be shipped by a stranger, so it is JSON, and
nobody can foresee an inode and a ctime. It is disposable: unreadable, of another version, or beside
another plan it is ignored; where it cannot be written nothing is lost but time.
"""

from __future__ import annotations

import os
import time

from buildrunner import __version__
from buildrunner.spec.document import STATUSES, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.graph import Graph
    from buildrunner.workspace.folder import Workspace

INDEX = "index.json"
SCHEMA = 1
# How much of long lists is kept; whoever needs more reads the plan.
KEPT = 25
_COUNTED = ("total", *STATUSES, "ready", "waiting")
# Two writes within one tick of a file system's clock leave equal times behind (git calls such
# a file racy). Clocks tick every 10 ms or faster, or, where times are whole seconds, every 2 s.
_TICK = 50_000_000
_COARSE_TICK = 2_500_000_000
# The last plan read: taking a large tree apart costs more than the answer, and `br` ends anyway.
_alive: list[dict[str, Any]] = []


def signature(path: str) -> list[int]:
    """What tells one state of a file from another. Raises OSError where there is none."""
    return signature_of(os.stat(path))


def signature_of(status: os.stat_result) -> list[int]:
    """The same for a file whose status is known."""
    return [
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns,
    ]  # fmt: skip


def is_settled(mark: list[int], moment: int) -> bool:
    """Whether a later write of that file is sure to change its signature.

    `moment` is a time.time_ns() from before the file was read.
    """
    newest = max(mark[3], mark[4])
    tick = _COARSE_TICK if newest % 1_000_000_000 == 0 else _TICK
    return newest < moment - tick


def summary(workspace: Workspace) -> dict[str, Any]:
    """The summary of the plan as it is now, see `summarize`.

    Raises WorkspaceError and PlanSyntaxError as `Workspace.read` does.
    """
    path = os.path.join(workspace.state_dir, INDEX)
    try:
        mark = signature(workspace.plan_path)
    except OSError:
        workspace.read_bytes()  # says why
        raise
    kept = load(path, mark)
    if kept is not None:
        return kept
    moment = time.time_ns()
    plan = loads(workspace.read_bytes())
    _alive[:] = [plan]
    found = summarize(plan)
    if is_settled(mark, moment) and signature(workspace.plan_path) == mark:
        store(path, mark, found)
    return found


def load(path: str, mark: list[int]) -> dict[str, Any] | None:
    """What was stored in `path` under that signature, None where nothing trustworthy was."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    from buildrunner.spec.errors import SpecError

    try:
        found = loads(data)
    except SpecError:
        return None
    if found.get("schema") != SCHEMA or found.get("br") != __version__ or found.get("of") != mark:
        return None
    value = found.get("value")
    return value if isinstance(value, dict) else None


def store(path: str, mark: list[int], value: dict[str, Any]) -> None:
    """Keep a value under a signature, if the state folder is there and takes it."""
    if not os.path.isdir(os.path.dirname(path)):
        return
    import json

    from buildrunner.workspace.files import TEMPORARY_SUFFIX, discard

    temporary = f"{path}.{os.getpid()}{TEMPORARY_SUFFIX}"
    content = {"schema": SCHEMA, "br": __version__, "of": mark, "value": value}
    try:
        with open(temporary, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(json.dumps(content, ensure_ascii=True, separators=(",", ":")))
        os.replace(temporary, path)
    except OSError:
        discard(temporary)


def summarize(plan: dict[str, Any]) -> dict[str, Any]:
    """What `status` and `next` show of a plan.

    `{"title", "version", "project_id", "counts", "milestones", "doing", "blocked", "next"}`:
    counts by status with `total`, `ready` (todo and free) and `waiting` (todo and not free), the
    same for each milestone; `doing`, `blocked` and `next` hold the first KEPT rows, `next` the
    best first with its `reasons`.
    """
    from buildrunner.spec.graph import Graph

    graph = Graph(plan)
    values = graph.values
    tops = [row for row, level in enumerate(graph.levels) if level == 0]
    ready = graph.ready_rows()
    total = dict.fromkeys(_COUNTED, 0)
    milestones = []
    place = 0
    ends = [*tops[1:], len(values)] if tops else []
    for top, end in zip(tops, ends, strict=True):
        inside = [
            v for v, level in zip(values[top:end], graph.levels[top:end], strict=True) if level == 2
        ]
        statuses = [value.get("status", "todo") for value in inside]
        counts = {"total": len(inside)}
        counts.update((status, statuses.count(status)) for status in STATUSES)
        first = place
        while place < len(ready) and ready[place] < end:
            place += 1
        counts["ready"] = place - first
        counts["waiting"] = counts["todo"] - counts["ready"]
        for name, count in counts.items():
            total[name] += count
        about = {name: values[top].get(name) for name in ("id", "title", "phase")}
        milestones.append({**about, **counts})
    return {
        "title": plan.get("title"),
        "version": plan.get("version"),
        "project_id": plan.get("projectId"),
        "counts": total,
        "milestones": milestones,
        "doing": _first(graph, "doing"),
        "blocked": _first(graph, "blocked"),
        "next": [candidate(e.value, e.parent, why) for e, why in graph.rank_next(KEPT)],
    }


def _first(graph: Graph, status: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for value, level in zip(graph.values, graph.levels, strict=True):
        if level == 2 and value.get("status") == status:
            found.append(brief(value))
            if len(found) == KEPT:
                break
    return found


_BRIEF = ("id", "title", "status", "owner", "priority", "effort_points", "impact_score")


def brief(microstep: dict[str, Any]) -> dict[str, Any]:
    """The few fields a list shows."""
    row = {name: microstep[name] for name in _BRIEF if name in microstep}
    if not isinstance(row.get("id"), str):
        row["id"] = ""
    if "blocked_reason" in microstep:
        row["blocked_reason"] = microstep["blocked_reason"]
    return row


def candidate(microstep: dict[str, Any], parent: str, reasons: list[str]) -> dict[str, Any]:
    """A microstep to do next: what it is, what it takes to be done, why this one."""
    criteria = microstep.get("criteria")
    return {
        **brief(microstep),
        "parent": parent,
        "criteria": criteria if isinstance(criteria, list) else [],
        "reasons": reasons,
    }
