"""A text with headings: sections to milestones and steps, their entries to microsteps."""

from __future__ import annotations

import itertools

from buildrunner.spec.drafting import roles
from buildrunner.spec.drafting.language import asks, shortened, words
from buildrunner.spec.drafting.proposal import Node, Origin
from buildrunner.spec.drafting.reading import Section, Statement, flat
from buildrunner.spec.drafting.wishes import is_work, scenario_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.spec.drafting.outline import Drafter


class Headed:
    """Sections to milestones and steps."""

    def __init__(self, drafter: Drafter, title: Section | None, levels: list[int]) -> None:
        self.drafter = drafter
        self.writer = drafter.writer
        self.title = title
        self.upper = levels[0] if levels else 1
        # With one level of headings they are the steps of one milestone.
        self.flat = len(levels) < 2 or not self._has_nested()
        self.milestone: Node | None = None
        self.step: Node | None = None
        self.shielded: tuple[int, str] | None = None  # (level, role) of a section that is no work
        self.holder: int | None = None
        self.loose: list[tuple[Section, list[str]]] = []

    def _has_nested(self) -> bool:
        sections = [s for s in self.drafter.text.sections if s.level]
        return any(
            after.level > before.level == self.upper and before.role == roles.WORK
            and after.role == roles.WORK
            for before, after in itertools.pairwise(sections)
        )  # fmt: skip

    def run(self) -> None:
        """Visit every section in order, then drop what stayed empty."""
        for section in self.drafter.text.sections:
            self._section(section)
        proposal = self.drafter.proposal
        for milestone in proposal.milestones:
            milestone.children = [step for step in milestone.children if step.children]
        proposal.milestones = [each for each in proposal.milestones if each.children]

    def _section(self, section: Section) -> None:
        if self.shielded and section.level > self.shielded[0]:
            self._shielded(section)
            return
        self.shielded = None
        if section.level and section.role != roles.WORK and section is not self.title:
            self.shielded = (section.level, section.role)
            self._shielded(section, own=True)
            return
        if section.level == 0 or section is self.title:
            self._sentences(section, strictly=True)
            return
        self._place(section)
        self._sentences(section, strictly=False)
        for role, statements in section.labelled:
            if role == roles.CRITERIA:
                self._criteria(section, [each.text for each in flat(statements)])
            elif role == roles.WORK:
                self._statements(section, statements, strictly=False)

    def _place(self, section: Section) -> None:
        """Open the milestone or step that a heading stands for."""
        name = shortened(roles.plain_title(section.title), 110) or "Untitled section"
        origin = Origin(self.drafter.name, section.line, section.title)
        if self.holder is not None and section.level <= self.holder:
            self.holder = None
        if roles.holds_milestones(section.title):
            self.holder = section.level
            self.milestone = self.step = None
            return
        above = roles.is_milestone(section.title) or (
            not self.flat and section.level == (self.holder + 1 if self.holder else self.upper)
        )
        if above:
            self.milestone = Node("milestone", name, origin, f"heading of level {section.level}")
            self.drafter.proposal.milestones.append(self.milestone)
            self.step = None
            return
        if self.milestone is None:
            title = self.drafter.proposal.title
            self.milestone = Node("milestone", title, origin, "the text's title")
            self.drafter.proposal.milestones.append(self.milestone)
        self.step = Node("step", name, origin, f"heading of level {section.level}")
        self.milestone.children.append(self.step)

    def _open(self, section: Section) -> Node:
        """The step that takes what stands directly below a milestone's heading."""
        if self.step is None:
            origin = Origin(self.drafter.name, section.line, section.title)
            if self.milestone is None:
                title = self.drafter.proposal.title
                self.milestone = Node("milestone", title, origin, "the text's title")
                self.drafter.proposal.milestones.append(self.milestone)
            name = roles.plain_title(section.title) or self.milestone.title
            self.step = Node("step", name, origin, "entries below the heading")
            self.milestone.children.append(self.step)
        return self.step

    def _sentences(self, section: Section, *, strictly: bool) -> None:
        self._statements(section, section.statements, strictly=strictly)

    def _statements(self, section: Section, statements: list[Statement], *, strictly: bool) -> None:
        for statement in statements:
            listed = statement.kind != "sentence"
            if statement.kind == "row" and not is_work(statement):
                self._leave(statement, "a row of a table that names nothing to build")
            elif not listed and not asks(statement.text, strictly=strictly):
                if statement.text.endswith("?"):
                    self.drafter.aside(roles.QUESTIONS, statement)
                else:
                    self._leave(statement, "asks for nothing by itself")
            elif self.drafter.keep(statement):
                self._microstep(section, statement)

    def _microstep(self, section: Section, statement: Statement) -> None:
        kind = {"row": "row of a table", "sentence": "sentence that asks"}
        why = f"{kind.get(statement.kind, 'entry of a list')} under “{section.title}”"
        node = self.writer.microstep(statement, why=why)
        if statement.box in ("x",):
            self.drafter.proposal.assume(
                f"“{node.title}” is ticked in the text; it stays todo until it is proven",
                node.origin,
            )
        self._open(section).children.append(node)

    def _leave(self, statement: Statement, why: str) -> None:
        self.drafter.proposal.leave(statement.text, self.writer.origin(statement), why)

    def _shielded(self, section: Section, *, own: bool = False) -> None:
        role = self.shielded[1] if self.shielded else section.role
        if role == roles.CRITERIA:
            texts = [each.text for each in flat(section.statements)]
            self._criteria(section, texts)
        elif role == roles.BACKGROUND:
            for statement in section.statements:
                strict = statement.kind == "sentence" and asks(statement.text, strictly=True)
                if strict and self.drafter.keep(statement):
                    self._microstep(section, statement)
                else:
                    self._leave(statement, f"background: “{section.title}”")
        elif not own:
            for statement in flat(section.statements):
                self.drafter.aside(role, statement)

    def _criteria(self, section: Section, texts: list[str]) -> None:
        """Give criteria to the microsteps they speak of; the rest is one to prove at the end."""
        criteria = scenario_lines(texts)
        rest: list[str] = []
        nodes = self.step.children if self.step is not None else []
        for text in criteria:
            said = frozenset(words(text))
            best = max(nodes, key=lambda node: _covers(node, said), default=None)
            if best is not None and _covers(best, said) >= 0.5:
                known = best.criteria()
                known[:] = [
                    each for each in known if not each.startswith("An automated test shows it")
                ]
                known.append(shortened(text, 500))
            else:
                rest.append(text)
        while rest:
            part, rest = rest[:12], rest[12:]
            above = self._open(section)
            origin = Origin(self.drafter.name, section.line, section.title or above.title)
            node = Node("microstep", f"Prove: {above.title}", origin, f"“{section.title}”")
            node.title = shortened(node.title, 110)
            if any(each.title == node.title for each in above.children):
                node.title = shortened(f"{node.title} ({len(above.children)})", 110)
            node.fields = {"status": "todo", "criteria": _plain(part)}
            self.writer.settle_vague(node, " ".join(part)[:600])
            node.needs = list(above.children)[-20:]
            above.children.append(node)


def _plain(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(shortened(text, 500) for text in texts))


def _covers(node: Node, said: frozenset[str]) -> float:
    """How much of a microstep's title a criterion names."""
    title = frozenset(words(node.title))
    return len(title & said) / len(title) if title else 0.0
