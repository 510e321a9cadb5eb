"""`br context`: what a person or an agent needs to do one microstep, within a token budget."""

from __future__ import annotations

import os
import re

from buildrunner.cli.context import Context
from buildrunner.cli.errors import usage
from buildrunner.cli.subjects import microstep_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.document import Entity

#: Where projects keep decision records.
_DECISIONS = ("docs/adr", "docs/adrs", "docs/decisions", "doc/adr", "adr", "decisions")
_MOST_DECISIONS = 5
_MOST_FILES = 20
_MOST_COMMITS = 20
#: What a path in a criterion or description looks like.
_PATH = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+|(?<![\w/.-])[\w-]+\.[a-z]{1,5}(?![\w/])")
_WORD = re.compile(r"[^\W\d_]{4,}")


def run_context(context: Context) -> int:
    """Print the pack as Markdown; --json adds what it counts."""
    from buildrunner.spec.briefing import DEFAULT_BUDGET, LEAST_BUDGET, Section, brief

    out, workspace = context.out, context.workspace
    _, plan = workspace.read()
    entity = microstep_of(plan, context.arguments.required("ID"))
    budget = context.arguments.number("budget", DEFAULT_BUDGET)
    if budget < LEAST_BUDGET:
        raise usage(f"--budget {budget}: no pack is shorter than {LEAST_BUDGET} tokens")
    more = [
        Section("files", "## Files", _files(workspace.root, entity)),
        Section("decisions", "## Decisions", _decisions(workspace.root, entity)),
    ]
    pack = brief(plan, entity.id, budget=budget, more=more)
    out.emit(
        {
            "id": entity.id,
            "budget": budget,
            "tokens": pack.tokens,
            "left_out": pack.left_out,
            "sections": {section.name: section.lines for section in pack.sections},
            "text": pack.text,
        }
    )
    if not out.json:
        out.raw(pack.text)
    return 0


def _files(root: str, entity: Entity) -> list[str]:
    """Files that checks judge, that the text names and that commits for it changed, in turn."""
    found: dict[str, str] = {}
    checks = entity.value.get("checks")
    for check in checks if isinstance(checks, list) else ():
        paths = check.get("paths") if isinstance(check, dict) else None
        for path in paths if isinstance(paths, list) else ():
            found.setdefault(str(path), "a check judges it")
    for path in _PATH.findall(_text(entity)):
        if os.path.lexists(os.path.join(root, path)):
            found.setdefault(path, "named in the microstep")
    for path in _changed(root, entity.id):
        found.setdefault(path, "changed by commits that name it")
    return [f"{path} ({why})" for path, why in list(found.items())[:_MOST_FILES]]


def _text(entity: Entity) -> str:
    value: dict[str, Any] = entity.value
    criteria = value.get("criteria")
    texts = [value.get(name) for name in ("title", "description", "details", "risk_notes")]
    texts += criteria if isinstance(criteria, list) else []
    return "\n".join(text for text in texts if isinstance(text, str))


def _changed(root: str, identifier: str) -> list[str]:
    """Files of the newest commits that name the microstep, newest first."""
    from buildrunner.workspace import git

    if git.top_level(root) is None:
        return []
    log = git.run(
        [
            "-c",
            "core.quotePath=false",
            "log",
            f"--max-count={_MOST_COMMITS}",
            "--fixed-strings",
            f"--grep={identifier}",
            "--name-only",
            "--format=%x01%B%x02",
        ],
        root,
        check=False,
    )
    whole = re.compile(rf"(?<![\w.-]){re.escape(identifier)}(?![\w-]|\.\w)")
    found: dict[str, None] = {}
    for commit in log.split("\x01"):
        message, _, names = commit.partition("\x02")
        if whole.search(message):
            for name in names.split("\n"):
                if name and not name.startswith("buildrunner/"):
                    found.setdefault(name)
    return list(found)


def _decisions(root: str, entity: Entity) -> list[str]:
    """Decision records whose title shares words with the microstep, likeliest first."""
    above = entity.above.value.get("title") if entity.above is not None else ""
    wanted = _words(f"{_text(entity)} {above}")
    ranked: list[tuple[int, str, str]] = []
    for folder in _DECISIONS:
        path = os.path.join(root, *folder.split("/"))
        if not os.path.isdir(path):
            continue
        for name in sorted(os.listdir(path)):
            if name.endswith(".md"):
                title = _title(os.path.join(path, name))
                score = len(_words(title) & wanted)
                if score:
                    ranked.append((-score, f"{folder}/{name}", title))
    return [f"{title} ({path})" for _, path, title in sorted(ranked)[:_MOST_DECISIONS]]


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _title(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return next((line.lstrip("# ").strip() for line in file if line.strip()), "")
    except OSError:
        return ""
