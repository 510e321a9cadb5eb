"""`br overlap`: two open branches that touch the same microstep, before either merges."""

from __future__ import annotations

import re

from buildrunner.cli.commands.compare import plan_at
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal
from buildrunner.workspace import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.overlap import Meeting

    Commits = dict[str, list[str]]

#: Commits of one branch whose messages are read.
_MOST_COMMITS = 5_000


def run_overlap(context: Context) -> int:
    """Compare both branches with where they parted; exit 1 where they meet."""
    from buildrunner.spec.overlap import overlap

    arguments, out = context.arguments, context.out
    first, second = arguments.required("BRANCH"), arguments.required("OTHER")
    base = arguments.text("base") or _parted(context, first, second)
    plans = [plan_at(context, name) for name in (base, first, second)]
    meetings = overlap(*plans)
    worked = _worked_on(context, base, first, second, plans)
    out.emit(
        {
            "branches": [first, second],
            "base": base,
            "count": len(meetings) + len(worked),
            "meetings": [_as_json(meeting) for meeting in meetings],
            "commits": worked,
        }
    )
    if not out.json:
        for meeting in meetings:
            _show(context, meeting, first, second)
        for entry in worked:
            out.data(f"{entry['id']} “{entry['title']}” is named by commits of both")
            for name, subjects in ((first, entry["ours"]), (second, entry["theirs"])):
                out.data(f"  {name}: {'; '.join(subjects[:3])}")
    count = len(meetings) + len(worked)
    if not count:
        out.note(f"{first} and {second} touch nothing in common since {base[:12]}")
        return OK
    places = f"{count} place{'' if count == 1 else 's'}"
    asked = sum(bool(meeting.fields) for meeting in meetings)
    out.note(f"{first} and {second} meet in {places}; {asked} of them will conflict")
    return REFUSED


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
