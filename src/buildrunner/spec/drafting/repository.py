"""What a repository shows of itself becomes a proposal: its marks, its gaps, its roadmap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from buildrunner.spec.drafting import secrecy
from buildrunner.spec.drafting.language import capital, cleaned, shortened
from buildrunner.spec.drafting.patterns import pattern
from buildrunner.spec.drafting.proposal import Node, Origin, Proposal
from buildrunner.spec.errors import SpecError

MOST_MARKS = 300
_AHEAD = re.compile(
    r"(?:road ?map|to ?-?dos?|planned.*|upcoming.*|next( steps)?|what'?s next|future.*|milestones)\W*",
    re.I,
)
_SAYS_HOW = re.compile(
    r"\b(?:install|usage|getting started|quick ?start|set ?up|run(ning)?)\b", re.I
)
_WHO = re.compile(r"^\(([^()]{1,40})\)\s*:?\s*")


def from_repository(facts: Mapping[str, Any], answers: Mapping[str, str]) -> Proposal:
    """The proposal of a repository. `facts` as `workspace.facts.gather` gives them.

    Raises SpecError `draft_empty` for facts that hold nothing.
    """
    if not isinstance(facts.get("files"), int) or facts["files"] < 1:
        raise SpecError(
            "draft_empty",
            "there is no file in this repository yet",
            hint='say what is to be built: br create "A shop where …"',
        )
    name = shortened(cleaned(str(facts.get("name") or "repository")), 60)
    proposal = Proposal(name)
    _ahead(proposal, facts, dict(answers))
    _marks(proposal, facts, name)
    _gaps(proposal, facts, name)
    languages = ", ".join(list(facts.get("languages") or {})[:3])
    if languages:
        proposal.assume(f"The work goes on in {languages}", Origin(name))
    return proposal


def _ahead(proposal: Proposal, facts: Mapping[str, Any], answers: dict[str, str]) -> None:
    """The roadmap in the README, read as a PRD with its own line numbers."""
    from buildrunner.spec.drafting.outline import Drafter

    path = str(facts.get("readme_path") or "README.md")
    lines = str(facts.get("readme") or "").splitlines()
    kept, level = [], 0
    for line in lines:
        marks = len(line) - len(line.lstrip("#"))
        if 0 < marks <= 6 and line[marks : marks + 1] == " ":
            if _AHEAD.fullmatch(line[marks:].strip()):
                level = marks
            elif level and marks <= level:
                level = 0
        kept.append(line if level else "")
    text, hidden = secrecy.hidden("\n".join(kept))
    if not text.strip():
        return
    drafter = Drafter(text, path, answers, fresh=False)
    found = drafter.run()
    secrecy.note(found, hidden, path)
    for milestone in found.milestones:
        if not milestone.optional:
            milestone.title = shortened(f"{capital(milestone.title)}", 110)
            proposal.milestones.append(milestone)
    proposal.questions += found.questions
    proposal.assumptions += found.assumptions
    proposal.left_out += found.left_out


def _marks(proposal: Proposal, facts: Mapping[str, Any], name: str) -> None:
    """TODO and FIXME, each a microstep, by folder."""
    rows = [row for row in facts.get("marks") or () if isinstance(row, dict)]
    if not rows:
        return
    milestone = Node(
        "milestone", f"Settle what {name} left open", _at(rows[0]), "marks in the code"
    )
    steps: dict[str, Node] = {}
    for row in rows[:MOST_MARKS]:
        path = str(row.get("path", ""))
        folder = path.rpartition("/")[0] or "the top folder"
        step = steps.get(folder)
        if step is None:
            step = steps[folder] = Node(
                "step", f"Marks in {shortened(folder, 90)}", _at(row), "folder"
            )
            milestone.children.append(step)
        step.children.append(_mark(row, path))
    if len(rows) > MOST_MARKS:
        proposal.leave(
            f"{len(rows) - MOST_MARKS} more marks",
            _at(rows[MOST_MARKS]),
            f"a draft takes {MOST_MARKS}",
        )
    proposal.milestones.append(milestone)


def _mark(row: dict[str, Any], path: str) -> Node:
    kind = str(row.get("kind") or "TODO").upper()
    text = cleaned(str(row.get("text") or ""))
    who = _WHO.match(text)
    text = text[who.end() :] if who else text
    text = capital(text.rstrip(" .;")) or f"Look at the {kind}"
    title = shortened(text if len(text) > 12 else f"{text} ({path})", 110)
    fields: dict[str, Any] = {
        "status": "todo",
        "criteria": [
            shortened(f"{path} no longer holds the {kind}: {text}", 300),
            f"A test that fails without the change passes, or the reason to drop the {kind} is written down",
        ],
        "effort_points": 1 if kind == "TODO" else 2,
        "priority": "P1" if kind in ("FIXME", "BUG") else "P3" if kind == "HACK" else "P2",
    }
    if who:
        fields["owner"] = who[1].lstrip("@")
    return Node("microstep", title, _at(row), f"{kind} in the code", fields=fields)


def _gaps(proposal: Proposal, facts: Mapping[str, Any], name: str) -> None:
    """What projects of its kind have and it has not."""
    milestone = Node(
        "milestone", f"Make {name} safe to change", Origin(name), "gaps in the repository"
    )
    bare = [str(path) for path in facts.get("untested") or ()]
    if bare:
        step = Node("step", "Test what has no test", Origin(name), "folders of code without a test")
        for path in bare[:40]:
            step.children.append(
                _gap(
                    f"Test {path}", f"no test names {path}", Origin(path),
                    [f"Tests exercise every public function of {path} and run in CI",
                     "Breaking one of them on purpose makes a test fail"],
                )
            )  # fmt: skip
        milestone.children.append(step)
    if not facts.get("ci"):
        found = pattern("foundation").steps[1]
        step = Node("step", "Continuous integration", Origin(name), "no workflow was found")
        step.children.append(
            _gap(
                found["title"],
                "no CI configuration was found",
                Origin(name),
                list(found["criteria"]),
            )
        )
        milestone.children.append(step)
    papers = Node("step", "Documents people look for", Origin(name), "missing files")
    if not _SAYS_HOW.search(str(facts.get("readme") or "")):
        papers.children.append(
            _gap("Say in the README how to install, run and test it", "the README does not say", Origin("README.md"),
                 ["Somebody new follows the README on a fresh machine and sees the tests pass in under 15 minutes"])
        )  # fmt: skip
    if not facts.get("license"):
        papers.children.append(
            _gap("Choose a licence", "no LICENSE file was found", Origin("LICENSE"),
                 ["LICENSE stands in the top folder, and every manifest names the same licence"])
        )  # fmt: skip
    if papers.children:
        milestone.children.append(papers)
    if milestone.children:
        proposal.milestones.append(milestone)


def _gap(title: str, why: str, origin: Origin, criteria: list[str]) -> Node:
    fields = {"status": "todo", "criteria": criteria}
    return Node("microstep", shortened(title, 110), origin, why, fields=fields)


def _at(row: dict[str, Any]) -> Origin:
    line = row.get("line")
    return Origin(
        str(row.get("path", "")), line if isinstance(line, int) else None, str(row.get("text", ""))
    )
