"""From a statement to a microstep: title, criteria, priority, and what it leaves unsaid."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.drafting.language import Saying, capital, is_measured, shortened
from buildrunner.spec.drafting.patterns import Pattern, matching, vague_words
from buildrunner.spec.drafting.proposal import Node, Origin, Proposal, Question
from buildrunner.spec.drafting.reading import Statement

MOST_CRITERIA = 12
_LABELLED = re.compile(r"^(?P<label>[^:–—]{3,80}?)\s*(?::|–|—| - )\s+(?P<rest>\S.{8,})$")
_PRIORITY = re.compile(
    r"[\[(]?\b(?:P(?P<level>[0-3])|(?P<word>must[- ]have|should[- ]have|could[- ]have|nice[- ]to[- ]have|high priority|low priority))\b[\])]?\s*[:.–—-]?\s*",
    re.I,
)
_REFERENCE = re.compile(r"^\[?\(?(?:FR|NFR|REQ|US|R|F|AC)[-_ ]?\d[\w.-]*[\])]?\s*[:.–—-]?\s+", re.I)
_WORDS = {
    "must-have": "P1", "high-priority": "P1", "should-have": "P2",
    "could-have": "P3", "nice-to-have": "P3", "low-priority": "P3",
}  # fmt: skip
_STRONG = re.compile(r"\b(?:must|shall|critical|required)\b", re.I)
_WEAK = re.compile(r"\b(?:could|may|might|optional(?:ly)?|ideally|nice to have)\b", re.I)
_GIVEN = re.compile(r"^(?:scenario\b|given\b|when\b|then\b|and\b|but\b|background:)", re.I)
_TITLE_CELLS = (
    "requirement",
    "feature",
    "story",
    "user story",
    "task",
    "title",
    "name",
    "description",
    "what",
    "item",
    "capability",
    "deliverable",
)
_CRITERIA_CELLS = (
    "acceptance criteria",
    "acceptance",
    "criteria",
    "done when",
    "how to verify",
    "verification",
    "measure",
    "target",
)
_PRIORITY_CELLS = ("priority", "prio", "moscow", "importance")


class Writer:
    """Writes microsteps of one text. `name` is what the text is called in sources."""

    def __init__(self, proposal: Proposal, name: str, answers: dict[str, str]) -> None:
        self.proposal = proposal
        self.name = name
        self.answers = answers
        self._asked: dict[str, Question] = {}

    def origin(self, statement: Statement) -> Origin:
        """Where a statement stands."""
        return Origin(self.name, statement.line, statement.text)

    def microstep(self, statement: Statement, *, why: str, text: str = "") -> Node:
        """The microstep a statement asks for; `text` is what of it, the whole unless said."""
        text = text or statement.text
        criteria: list[str] = []
        priority = ""
        if statement.cells:
            text, criteria, priority = _from_row(statement)
        text, said = _prioritised(text)
        priority = priority or said
        text = _REFERENCE.sub("", text) or text
        rest = ""
        labelled = _LABELLED.match(text)
        if labelled and not text.lower().startswith("as a"):
            text, rest = labelled["label"], labelled["rest"]
        saying = Saying(text)
        node = Node(
            "microstep", saying.title or capital(shortened(text)), self.origin(statement), why
        )
        kind = matching(f"{text} {rest}")
        criteria += scenario_lines([below.text for below in statement.below])
        criteria += self._of_words(text, rest, saying, kind, bool(criteria))
        node.fields["status"] = "todo"
        node.fields["criteria"] = _distinct(criteria)
        if priority:
            node.fields["priority"] = priority
        if kind is not None and kind.risk:
            node.fields["risk_level"] = kind.risk
            node.fields["rollback_plan"] = kind.rollback
        self.settle_vague(node, statement.text)
        return node

    def _of_words(
        self, text: str, rest: str, saying: Saying, kind: Pattern | None, has: bool
    ) -> list[str]:
        """Criteria made of the statement itself and of what its kind usually needs."""
        made: list[str] = []
        vague = bool(vague_words(text)) and not is_measured(text)
        if rest:
            made.append(capital(rest.rstrip(" .;")))
        elif saying.who:
            pass  # a story is told, its criteria are what shows it
        elif is_measured(text) or (len(text) > len(saying.title) and not vague):
            made.append(capital(text.rstrip(" .;")))
        if has or (rest and is_measured(rest)):
            return made
        if kind is not None and kind.alone:
            return made + kind.alone
        if vague and not rest:
            return made
        first = saying.title[:1].lower() + saying.title[1:]
        if not made or not is_measured(made[0]):
            made.append(f"An automated test shows it: {first}")
        return made

    def settle_vague(self, node: Node, text: str) -> None:
        """Turn each vague word into a question and a measurable criterion."""
        if is_measured(text) and not node.optional:
            return
        for entry, word in vague_words(text):
            question = self._asked.get(entry.name)
            if question is None:
                answer = self.answers.get(entry.name, "").strip()
                question = Question(
                    entry.name,
                    f"“{word}”: {entry.ask[0].lower()}{entry.ask[1:]}",
                    node.origin,
                    default=entry.assume,
                    answer=shortened(answer, 300),
                )
                self._asked[entry.name] = question
                self.proposal.questions.append(question)
                if not answer:
                    self.proposal.assume(f"“{word}” means: {entry.assume}", node.origin, entry.name)
            taken = question.answer or f"{entry.assume} (assumed for “{word}”)"
            if len(node.criteria()) < MOST_CRITERIA and taken not in node.criteria():
                node.criteria().append(taken)

    def of_pattern(self, found: Pattern, origin: Origin, subject: str, why: str) -> Node:
        """A step with everything the pattern knows of."""
        step = Node("step", capital(found.title.replace("{subject}", subject)), origin, why)
        for given in found.steps:
            step.children.append(_patterned(given, found, origin, subject))
        for node, given in zip(step.children, found.steps, strict=True):
            node.needs = [step.children[place] for place in given.get("needs", [])]
        return step


def _patterned(given: dict[str, Any], found: Pattern, origin: Origin, subject: str) -> Node:
    fields: dict[str, Any] = {"status": "todo", "criteria": list(given["criteria"])}
    fields["effort_points"] = given["effort"]
    if "risk" in given:
        fields["risk_level"] = given["risk"]
        fields["rollback_plan"] = found.rollback
    title = given["title"].replace("{subject}", subject)
    return Node("microstep", shortened(title, 110), origin, f"pattern: {found.name}", fields=fields)


def _from_row(statement: Statement) -> tuple[str, list[str], str]:
    """(what, criteria, priority) of a row of a table."""
    cells = statement.cells
    text = next((cells[name] for name in _TITLE_CELLS if cells.get(name)), statement.text)
    criteria = [cells[name] for name in _CRITERIA_CELLS if cells.get(name)]
    word = next((cells[name] for name in _PRIORITY_CELLS if cells.get(name)), "")
    from buildrunner.spec.formats.vocabulary import priority

    return text, criteria, priority(word) or "" if word else ""


def is_work(statement: Statement) -> bool:
    """Whether a row's columns say that it is something to build."""
    return any(statement.cells.get(name) for name in _TITLE_CELLS[:7] + _CRITERIA_CELLS[:2])


def _prioritised(text: str) -> tuple[str, str]:
    found = _PRIORITY.search(text)
    if found is None:
        level = "P1" if _STRONG.search(text) else "P3" if _WEAK.search(text) else ""
        return text, level
    text = (text[: found.start()] + text[found.end() :]).strip(" ()[]:-–—") or text
    if found["level"]:
        return text, {"0": "P1", "1": "P1", "2": "P2", "3": "P3"}[found["level"]]
    return text, _WORDS[found["word"].lower().replace(" ", "-")]


def scenario_lines(lines: list[str]) -> list[str]:
    """Criteria of lines; Given, When and Then of one scenario become one sentence."""
    found: list[str] = []
    scene: list[str] = []
    name = ""
    for line in [*lines, "Scenario:"]:
        word = line.partition(" ")[0].rstrip(":").casefold()
        inside = _GIVEN.match(line) is not None
        starts = word in ("scenario", "background") or (word == "given" and _has(scene, "then"))
        if scene and (starts or not inside):
            found.append(f"{name}: {', '.join(scene)}" if name else capital(", ".join(scene)))
            scene, name = [], ""
        if word in ("scenario", "background"):
            name = line.partition(":")[2].strip() if ":" in line else ""
        elif inside and (scene or word in ("given", "when")):
            scene.append(line.strip(" .,;"))
        elif line.strip():
            found.append(capital(line.strip().rstrip(" .;")))
    return found


def _has(scene: list[str], word: str) -> bool:
    return any(line.casefold().startswith(word) for line in scene)


def _distinct(criteria: list[str]) -> list[str]:
    kept = list(dict.fromkeys(shortened(text, 500) for text in criteria if text.strip()))
    return kept[:MOST_CRITERIA]
