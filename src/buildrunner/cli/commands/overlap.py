"""`br overlap`: two open branches that touch the same microstep, before either merges."""

from __future__ import annotations

import re

from buildrunner.cli.commands.compare import plan_at
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage
from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.overlap import Meeting

    Commits = dict[str, list[str]]

#: Commits of one branch whose messages are read.
_MOST_COMMITS = 5_000


def run_overlap(context: Context) -> int:
    """Compare branches with where they parted; exit 1 where they meet."""
    arguments, out = context.arguments, context.out
    found: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for first, second in _pairs(context):
        pair = _try(context, first, second)
        if pair is None:
            continue
        (found if pair["count"] else rest).append(pair)
        if not out.json:
            _show_pair(context, pair)
    answer = _answer(context, found + rest)
    if arguments.flag("report"):
        from buildrunner.cli.drift_report import report_overlaps

        answer["reported"] = report_overlaps(context, [_told(pair) for pair in found])
    out.emit(answer)
    for pair in found + rest:
        _last_words(context, pair)
    if not found and not rest:
        out.note("no other branch is open")
    return REFUSED if found else OK


def _pairs(context: Context) -> list[tuple[str, str]]:
    """The branches to compare: the two that are named, or one with every other open one."""
    arguments = context.arguments
    first, second = arguments.text("BRANCH"), arguments.text("OTHER")
    if not arguments.flag("all"):
        if not first or not second:
            raise usage(
                "name two branches, or say --all for every open one",
                next_command="br overlap --all",
            )
        return [(first, second)]
    if second:
        raise usage(
            "--all compares one branch with every other: name one", next_command="br help overlap"
        )
    root = git.require(context.workspace.root)
    here = first or git.branch(root) or "HEAD"
    return [(here, other) for other in open_branches(root, here)]


def open_branches(root: str, here: str) -> list[str]:
    """Local and remote branches with work that neither `here` nor the main branch has.

    One that exists on both sides is compared once, as the remote has it where they differ.
    """
    git.commit_of(root, here)
    listed = git.run(
        [
            "for-each-ref",
            "--format=%(refname)%00%(objectname)%00%(symref)",
            "refs/heads",
            "refs/remotes",
        ],
        root,
    )
    merged_into = [here, *_mains(root)]
    passed = {bare for name in merged_into for bare in (name, name.removeprefix("origin/"))}
    found: dict[str, str] = {}
    for row in listed.splitlines():
        name, commit, symbolic = row.split("\0")
        short = name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        bare = short if name.startswith("refs/heads/") else short.partition("/")[2]
        if symbolic or short in passed or bare in passed:
            continue
        if any(_holds(root, each, commit) for each in merged_into):
            continue
        found[bare] = short
    return sorted(found.values())


def _mains(root: str) -> list[str]:
    remote = git.run(
        ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"], root, check=False
    )
    names = [remote, "origin/main", "origin/master", "main", "master"]
    known = [
        name
        for name in names
        if name and git.run(["rev-parse", "--verify", "--quiet", name], root, check=False)
    ]
    return known[:1]


def _holds(root: str, branch: str, commit: str) -> bool:
    return git.run(["merge-base", branch, commit], root, check=False) == commit


def _try(context: Context, first: str, second: str) -> dict[str, Any] | None:
    """A pair; among every open branch one that cannot be compared is told and left out."""
    try:
        return _compare(context, first, second)
    except (Refusal, WorkspaceError) as problem:
        if not context.arguments.flag("all"):
            raise
        context.out.note(f"{second} was not compared: {problem.message}")
        return None


def _compare(context: Context, first: str, second: str) -> dict[str, Any]:
    from buildrunner.spec.overlap import overlap

    base = context.arguments.text("base") or _parted(context, first, second)
    plans = [plan_at(context, name) for name in (base, first, second)]
    meetings = overlap(*plans)
    worked = _worked_on(context, base, first, second, plans)
    return {
        "branches": [first, second],
        "base": base,
        "count": len(meetings) + len(worked),
        "meetings": meetings,
        "commits": worked,
    }


def _told(pair: dict[str, Any]) -> dict[str, Any]:
    return pair | {"meetings": [_as_json(meeting) for meeting in pair["meetings"]]}


def _answer(context: Context, pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """One pair is told as it is; with --all they stand in a list."""
    told = [_told(pair) for pair in pairs]
    if not context.arguments.flag("all"):
        return told[0] | {"reported": None}
    return {"count": sum(pair["count"] for pair in told), "pairs": told, "reported": None}


def _show_pair(context: Context, pair: dict[str, Any]) -> None:
    out = context.out
    first, second = pair["branches"]
    for meeting in pair["meetings"]:
        _show(context, meeting, first, second)
    for entry in pair["commits"]:
        out.data(f"{entry['id']} “{entry['title']}” is named by commits of both")
        for name, subjects in ((first, entry["ours"]), (second, entry["theirs"])):
            out.data(f"  {name}: {'; '.join(subjects[:3])}")


def _last_words(context: Context, pair: dict[str, Any]) -> None:
    first, second = pair["branches"]
    count = pair["count"]
    if not count:
        context.out.note(f"{first} and {second} touch nothing in common since {pair['base'][:12]}")
        return
    places = f"{count} place{'' if count == 1 else 's'}"
    asked = sum(bool(meeting.fields) for meeting in pair["meetings"])
    context.out.note(f"{first} and {second} meet in {places}; {asked} of them will conflict")


def _parted(context: Context, first: str, second: str) -> str:
    root = git.require(context.workspace.root)
    for name in (first, second):
        git.commit_of(root, name)
    base = git.run(["merge-base", "--end-of-options", first, second], root, check=False)
    if not base:
        raise Refusal(
            "no_common_commit",
            f"{first} and {second} have no commit in common",
            hint="name the plan to compare both with: --base REF",
        )
    return base.split("\n")[0]


def _worked_on(
    context: Context, base: str, first: str, second: str, plans: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Microsteps that commits of both branches name, with the commits' subjects."""
    from buildrunner.spec.document import microsteps

    titles: dict[str, str] = {}
    for plan in plans:
        for entity in microsteps(plan):
            titles.setdefault(entity.id, str(entity.value.get("title", "")))
    if not titles:
        return []
    known = re.compile(
        r"(?<![\w.-])(?:"
        + "|".join(re.escape(name) for name in titles if name)
        + r")(?![\w-]|\.\w)"
    )
    root = git.require(context.workspace.root)
    ours, theirs = (_named(root, base, name, known) for name in (first, second))
    return [
        {"id": name, "title": titles[name], "ours": ours[name], "theirs": theirs[name]}
        for name in titles
        if name in ours and name in theirs
    ]


def _named(root: str, base: str, branch: str, known: re.Pattern[str]) -> Commits:
    """Microstep → subjects of the commits of `branch` since `base` whose message names it."""
    log = git.run(
        [
            "log",
            "--no-merges",
            f"--max-count={_MOST_COMMITS}",
            "--format=%B%x00",
            "--end-of-options",
            f"{base}..{branch}",
        ],
        root,
    )
    found: Commits = {}
    for message in log.split("\0"):
        text = message.strip()
        for name in dict.fromkeys(known.findall(text)):
            found.setdefault(name, []).append(text.split("\n")[0])
    return found


def _show(context: Context, meeting: Meeting, first: str, second: str) -> None:
    out = context.out
    sign = out.paint("!", "red") if meeting.fields else out.paint("=", "yellow")
    title = f" “{meeting.title}”" if meeting.title else ""
    out.data(f"{sign} {meeting.id or 'the plan'}{title}")
    for branch, words in ((first, meeting.our_words), (second, meeting.their_words)):
        for line in words:
            out.data(f"    {branch}: {_without(line, meeting)}")
    if meeting.fields:
        out.data(f"    will conflict: {', '.join(meeting.fields)}")


def _without(line: str, meeting: Meeting) -> str:
    """The words without the name that stands above them."""
    head, mark, rest = line.partition("”: ")
    return rest if mark and head.startswith(meeting.id) else line


def _as_json(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "kind": meeting.kind,
        "title": meeting.title,
        "conflict": bool(meeting.fields),
        "fields": meeting.fields,
        "ours": {"operations": meeting.ours, "words": meeting.our_words},
        "theirs": {"operations": meeting.theirs, "words": meeting.their_words},
    }
