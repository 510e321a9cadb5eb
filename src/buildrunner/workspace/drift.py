"""Drift that a repository shows: commits, files, leases and evidence beside what the plan says."""

from __future__ import annotations

import os
import secrets
import shlex
import time
from datetime import UTC, datetime
from typing import Any

from buildrunner.evidence.checks import checks_in
from buildrunner.evidence.drift import unborne
from buildrunner.spec.document import index, microsteps
from buildrunner.spec.drift import Drift, Names, milestones_of
from buildrunner.spec.source import lines_and_columns, locate
from buildrunner.workspace import claims, git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import PLAN, Workspace
from buildrunner.workspace.globs import Selection
from buildrunner.workspace.proving import Judge

Plan = dict[str, Any]

IDLE_DAYS = 7
# Commits whose messages and files are read.
MOST_COMMITS = 10_000
# Lines of the plan whose age is asked for.
_MOST_BLAMED = 100
_MAIN = ("origin/main", "main", "origin/master", "master")
_DAY = 86_400


class Since:
    """The commit that changes are counted from, and `words` that say which it is."""

    __slots__ = ("commit", "words")

    def __init__(self, commit: str, words: str) -> None:
        self.commit = commit
        self.words = words


class Made:
    """A commit: its `message`, its time in seconds, the `files` it changed below the workspace."""

    __slots__ = ("files", "id", "message", "seconds")

    def __init__(self, id: str, seconds: int, message: str, files: list[str]) -> None:
        self.id = id
        self.seconds = seconds
        self.message = message
        self.files = files

    def __str__(self) -> str:
        return f"{self.id[:12]} “{self.message.partition(chr(10))[0][:80]}”"


def since_of(workspace: Workspace, said: str = "") -> Since | None:
    """Where this branch parted from `said`, or else from the main branch; on that one the last
    release (a tag), or else the commit that brought the plan. None without git and commits.

    Raises WorkspaceError for a revision that is none.
    """
    root = workspace.root
    if git.top_level(root) is None or not _ask(root, "rev-parse", "--verify", "--quiet", "HEAD"):
        return None
    if said:
        commit = git.commit_of(root, said)
        return Since(_ask(root, "merge-base", "HEAD", commit) or commit, said)
    here = git.branch(root)
    remote = _ask(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    for name in (remote, *_MAIN):
        if not name:
            continue
        if here == name.removeprefix("origin/"):
            break
        commit = _ask(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        parted = commit and _ask(root, "merge-base", "HEAD", commit)
        if parted:
            return Since(parted, name)
    tag = _ask(root, "describe", "--tags", "--abbrev=0", "HEAD")
    if tag:
        return Since(_ask(root, "rev-parse", f"{tag}^{{commit}}"), f"release {tag}")
    first = _ask(root, "log", "--diff-filter=A", "--format=%H", "--", PLAN).split("\n")[-1]
    return Since(first, "the commit that brought the plan") if first else None


def _ask(root: str, *arguments: str) -> str:
    return git.run(arguments, root, check=False)


def commits_since(workspace: Workspace, since: Since) -> list[Made]:
    """The commits of this branch since then, newest first, a merge with all that it brought."""
    arguments = ["--relative", "--name-only", "--diff-merges=first-parent", f"{since.commit}..HEAD"]
    return _log(workspace.root, arguments)


def _log(root: str, arguments: list[str]) -> list[Made]:
    edge = secrets.token_hex(12)  # a message cannot contain it
    form = f"--format={edge}%H%x00%ct%x00%B%x00{edge}"
    output = git.run_bytes(
        ["--no-replace-objects", "-c", "core.quotePath=false", "log", "-z", "--no-show-signature",
         "--no-color", f"-n{MOST_COMMITS}", form, *arguments, "--"],
        root,
        check=False,
    )  # fmt: skip
    found = []
    parts = output.split(edge.encode())[1:]
    for head, names in zip(parts[::2], parts[1::2], strict=False):
        commit, seconds, message = head.decode("utf-8", "replace").split("\0", 2)
        files = [os.fsdecode(name).lstrip("\n") for name in names.split(b"\0") if name.strip()]
        found.append(Made(commit, int(seconds), message.strip("\0\n "), files))
    return found


def unknown_names(plan: Plan, former: Plan | None, commits: list[Made]) -> list[Drift]:
    """Microsteps that commits name and the plan has not."""
    names = Names(plan, set(index(former)) if former else None)
    found: dict[str, list[Made]] = {}
    for commit in commits:
        for name in names.unknown(commit.message):
            found.setdefault(name, []).append(commit)
    return [
        Drift(
            "microstep_unknown",
            f"{made[0]} names {name}, "
            + ("which is no longer in the plan" if name in names.former else "which no plan has")
            + (f"; {len(made) - 1} more do" if len(made) > 1 else ""),
            id=name,
            where=f"commit {made[0].id[:12]}",
            command=f"git show {made[0].id[:12]}",
        )
        for name, made in found.items()
    ]


def unplanned(workspace: Workspace, plan: Plan, since: Since, commits: list[Made]) -> list[Drift]:
    """Files that differ from then, in no commit that names a microstep and under no check's paths."""
    output = git.run_bytes(
        ["diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff",
         since.commit, "HEAD", "--", "."],
        workspace.root,
        check=False,
    )  # fmt: skip
    changed = sorted(name for name in output.split(b"\0") if name)
    names = Names(plan)
    planned = {f for each in commits if names.named(each.message) for f in each.files}
    watched = set(_watched(plan, changed))
    last = {name: each for each in reversed(commits) for name in each.files}
    found = []
    for raw in changed:
        name = os.fsdecode(raw)
        if raw.startswith(b"buildrunner/") or name in planned or raw in watched:
            continue
        made = last.get(name)
        by = f" by {made}" if made else ""
        newest = commits and made is commits[0]
        found.append(
            Drift(
                "file_unplanned",
                f"changed{by or ' by a commit'}, which names no microstep, and no check watches it",
                path=name,
                command="git commit --amend"
                if newest
                else f"br qa add ID --kind command --path {shlex.quote(name)} --run 'COMMAND'",
            )
        )
    return found


def _watched(plan: Plan, names: list[bytes]) -> list[bytes]:
    paths = {p for entity in microsteps(plan) for check in checks_in(entity) for p in check.paths}
    found: list[bytes] = []
    for path in sorted(paths):
        try:
            found += Selection((path,), b"buildrunner/").among(names)
        except WorkspaceError:
            continue  # a path that leads out watches nothing
    return found


def unproven(workspace: Workspace, plan: Plan) -> list[Drift]:
    """What is done and is not borne out by the evidence in this working tree."""
    judge = Judge(workspace, plan)
    if judge.rules.mode == "off":
        return []
    done = (each for each in microsteps(plan) if each.value.get("status") == "done")
    return unborne((entity, judge.prove(entity)) for entity in done)


def lapsed_claims(workspace: Workspace, plan: Plan) -> list[Drift]:
    """Microsteps in work whose lease in this clone has run out."""
    lapsed, held = claims.lapsed(workspace), claims.active(workspace)
    tops = milestones_of(plan)
    return [
        Drift(
            "claim_expired",
            f"“{entity.value.get('title')}” is in work; {lapsed[entity.id]['holder']} held it until "
            f"{lapsed[entity.id]['expires_at']}",
            id=entity.id,
            field="status",
            command=f"br claim {entity.id}",
            milestone=tops.get(entity.id, ""),
        )
        for entity in microsteps(plan)
        if entity.value.get("status") == "doing" and entity.id in lapsed and entity.id not in held
    ]


def idle(workspace: Workspace, text: str, plan: Plan, days: int) -> list[Drift]:
    """Microsteps in work that no commit of any branch named for `days`, nor began since then."""
    doing = {e.id: e for e in microsteps(plan) if e.value.get("status") == "doing"}
    if not doing or git.top_level(workspace.root) is None:
        return []
    names, newest = Names(plan), dict.fromkeys(doing, 0)
    for commit in _log(workspace.root, ["--branches", "--remotes", "HEAD"]):
        for name in names.named(commit.message):
            if name in newest:
                newest[name] = max(newest[name], commit.seconds)
    limit = time.time() - days * _DAY
    quiet = [name for name, seconds in newest.items() if seconds < limit]
    lines = places(text, {name: doing[name].pointer + "/status" for name in quiet})
    found, tops = [], milestones_of(plan)
    for name in quiet[:_MOST_BLAMED]:
        since = max(newest[name], _changed_at(workspace, lines.get(name, 0)))
        if not 0 < since < limit:
            continue
        ago = int((time.time() - since) // _DAY)
        moment = datetime.fromtimestamp(since, UTC).date().isoformat()
        what = "its last commit is" if newest[name] == since else "it began, without a commit,"
        found.append(
            Drift(
                "work_idle",
                f"“{doing[name].value.get('title')}” is in work, and {what} {ago} days ago ({moment})",
                id=name,
                field="status",
                command=f"br todo {name}",
                milestone=tops.get(name, ""),
            )
        )
    return found


def _changed_at(workspace: Workspace, line: int) -> int:
    """When a line of the plan was committed, in seconds; 0 where nobody knows."""
    if not line:
        return 0
    told = _ask(workspace.root, "blame", "--porcelain", f"-L{line},{line}", "--", PLAN)
    for row in told.split("\n"):
        if row.startswith("committer-time "):
            return int(row.partition(" ")[2])
    return 0


def places(text: str, pointers: dict[str, str]) -> dict[str, int]:
    """Name → line of what its pointer names in the plan's text."""
    offsets = locate(text, pointers.values())
    lines = lines_and_columns(text, offsets.values())
    return {name: lines[offsets[p]][0] for name, p in pointers.items() if p in offsets}
