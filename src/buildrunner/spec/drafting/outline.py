"""Prompts and PRDs become a proposal: headings give the order, statements the work."""

from __future__ import annotations

import itertools
import re

from buildrunner.spec.drafting import roles
from buildrunner.spec.drafting.headed import Headed
from buildrunner.spec.drafting.language import (
    Saying,
    alike,
    asks,
    capital,
    clauses,
    shortened,
    words,
)
from buildrunner.spec.drafting.patterns import matching, pattern, subject_of, vague_words
from buildrunner.spec.drafting.proposal import MOST_ITEMS, Node, Origin, Proposal, Question
from buildrunner.spec.drafting.reading import Statement, Text, flat
from buildrunner.spec.drafting.suggestions import OUT_OF_SCOPE
from buildrunner.spec.drafting.wishes import Writer

_PRODUCT = re.compile(
    r"^(?:please |i want(?: you)? to |we want to |i need |we need |let'?s |help me )?"
    r"(?:build|create|make|develop|write|implement|design)\s+(?:me |us )?(?:an?|the|our|my)?\s*"
    r"(?P<what>.{3,80}?)(?:\s+(?:where|that|which|with|for|so that|in which|to)\b|[.,;:!]|$)(?P<rest>.*)$",
    re.I,
)
_NOT = re.compile(
    r"^(?:no |not |without |there (?:is|are|will be) no |(?:we|it|this|the \w+) (?:do|does|will|need)(?: not|n't|n’t) |"
    r"don'?t |do not |never mind )|\b(?:is|are) (?:not|n't) (?:needed|required|part|in scope)\b|"
    r"\bnot needed\b|\bout of scope\b|\bnot in scope\b",
    re.I,
)
_LEAD = re.compile(r"^(?:where|that|which|with|so that|in which|to|for)\s+", re.I)
_RELEASE = ("deployment", "observability", "security", "performance")


class Drafter:
    """One text on its way to a proposal. `fresh` says that there is no plan yet."""

    def __init__(self, text: str, name: str, answers: dict[str, str], *, fresh: bool) -> None:
        self.text = Text(text)
        self.name = name
        self.fresh = fresh
        self.proposal = Proposal()
        self.writer = Writer(self.proposal, name, answers)
        self.answers = answers
        self.outside: list[frozenset[str]] = []
        self.against: dict[str, str] = {}  # pattern → what the text puts out of scope
        self.count = 0
        self.groups: dict[str, Node] = {}

    def run(self) -> Proposal:
        """The whole proposal."""
        self._asides()
        if self.text.structured:
            self._headed()
        else:
            self._free(self.text.sections[0].statements)
        if self.text.skipped:
            self.proposal.leave(
                f"{self.text.skipped} blocks of code or HTML", Origin(self.name), "code is no wish"
            )
        if self.text.too_deep:
            self.proposal.leave("lists nested very deeply", Origin(self.name), "nested too deeply")
        return self.proposal

    # -- what is no work of its own ---------------------------------------------------------

    def _asides(self) -> None:
        for section in self.text.sections:
            groups = [(section.role, section.statements), *section.labelled]
            for role, statements in groups:
                for statement in flat(statements):
                    self.aside(role, statement)

    def aside(self, role: str, statement: Statement) -> None:
        origin = self.writer.origin(statement)
        if role == roles.OUTSIDE:
            said = frozenset(words(statement.text))
            self.outside.append(said)
            kind = matching(statement.text) if len(said) < 4 else None
            if kind is not None:
                self.against.setdefault(kind.name, statement.text)
            self.proposal.leave(statement.text, origin, OUT_OF_SCOPE)
        elif role == roles.ASSUMPTIONS:
            self.proposal.assume(statement.text, origin)
        elif role == roles.RISKS:
            self.proposal.assume(f"Risk that the text names: {statement.text}", origin)
        elif role == roles.QUESTIONS:
            number = sum(each.id.startswith("q") for each in self.proposal.questions) + 1
            identifier = f"q{number}"
            answer = shortened(self.answers.get(identifier, "").strip(), 300)
            self.proposal.questions.append(
                Question(identifier, statement.text, origin, answer=answer)
            )
            if answer:
                self.proposal.assume(f"{statement.text} {answer}", origin, identifier)

    def _is_outside(self, text: str) -> bool:
        said = frozenset(words(text))
        return any(alike(said, each) >= 0.6 for each in self.outside)

    def keep(self, statement: Statement) -> bool:
        """Whether there is room for one more; what finds none is said."""
        origin = self.writer.origin(statement)
        if self._is_outside(statement.text):
            self.proposal.leave(statement.text, origin, "the text names it as out of scope")
            return False
        if self.count >= MOST_ITEMS:
            if self.count == MOST_ITEMS:
                self.proposal.leave(
                    statement.text, origin,
                    f"a draft holds {MOST_ITEMS} microsteps: split the text from here on",
                )  # fmt: skip
                self.count += 1
            return False
        self.count += 1
        kind = matching(statement.text) if self.against else None
        if kind is not None and kind.name in self.against:
            self._contradiction(statement, kind.name)
        return True

    def _contradiction(self, statement: Statement, kind: str) -> None:
        identifier = f"scope-{kind}"
        if any(each.id == identifier for each in self.proposal.questions):
            return
        outside = self.against[kind]
        origin = self.writer.origin(statement)
        answer = shortened(self.answers.get(identifier, "").strip(), 300)
        default = "It belongs to it; leave the item out if it does not"
        self.proposal.questions.append(
            Question(
                identifier,
                f"“{shortened(statement.text, 90)}” is asked for, and “{shortened(outside, 60)}” is "
                "out of scope: does it belong to it?",
                origin, default=default, answer=answer,
            )
        )  # fmt: skip
        if not answer:
            self.proposal.assume(
                f"“{shortened(statement.text, 90)}” belongs to it although “{shortened(outside, 60)}” "
                "does not", origin, identifier,
            )  # fmt: skip

    # -- a text with headings ----------------------------------------------------------------

    def _headed(self) -> None:
        sections = self.text.sections
        top = min(section.level for section in sections if section.level)
        first = next(section for section in sections if section.level)
        alone = sum(section.level == top for section in sections) == 1
        if alone and first.level == top and len(sections) > 2:
            self.proposal.title = roles.plain_title(first.title) or "Plan"
            levels = sorted({section.level for section in sections if section.level > top})
        else:
            self.proposal.title = shortened(roles.plain_title(first.title), 80) or "Plan"
            levels = sorted({section.level for section in sections if section.level})
            first = sections[0]
        Headed(self, first if alone else None, levels).run()
        self._complete()

    def _complete(self) -> None:
        """Propose, not by default, what the text's kinds usually need and it does not name."""
        present = {
            found.name
            for milestone in self.proposal.milestones
            for step in milestone.children
            for node in step.children
            if (found := matching(node.title)) is not None
        }
        origin = Origin(self.name)
        extra = Node("milestone", "Ready for use", origin, "what most projects need", optional=True)
        for name in _RELEASE[:3]:
            if name not in present and not self._is_outside(pattern(name).title):
                step = self.writer.of_pattern(
                    pattern(name), origin, pattern(name).subject, "the text does not mention it"
                )
                extra.children.append(_optional(step))
        if extra.children and self.proposal.milestones:
            self.proposal.milestones.append(extra)

    # -- a prompt ------------------------------------------------------------------------------

    def _free(self, statements: list[Statement]) -> None:
        product, wishes = self._wishes(statements)
        title = capital(product) or "Plan"
        self.proposal.title = shortened(title, 80)
        for statement, text in wishes:
            self._wish(statement, text)
        if not self.groups:
            return
        origin = self.groups[next(iter(self.groups))].origin
        milestones = []
        features = Node("milestone", shortened(title, 80), origin, "what the text asks for")
        release = Node("milestone", "Ready for use", origin, "what most projects need")
        for name, step in self.groups.items():
            (release if name in _RELEASE else features).children.append(step)
        if self.fresh:
            ground = Node("milestone", "Foundation", origin, "a new plan starts with its ground")
            found = pattern("foundation")
            ground.children.append(
                self.writer.of_pattern(found, origin, found.subject, "a new plan starts with it")
            )
            self.proposal.assume("There is no code yet: the plan begins with its ground", origin)
            milestones.append(ground)
        for name in _RELEASE[:3]:
            if self.fresh and name not in self.groups and not self._is_outside(name):
                step = self.writer.of_pattern(
                    pattern(name), origin, pattern(name).subject, "the text does not mention it"
                )
                release.children.append(_optional(step))
        if features.children:
            milestones.append(features)
        if release.children:
            release.optional = all(step.optional for step in release.children)
            milestones.append(release)
        if self.fresh:
            for before, after in itertools.pairwise(milestones):
                after.needs = [before]
        self.proposal.milestones = milestones

    def _wishes(self, statements: list[Statement]) -> tuple[str, list[tuple[Statement, str]]]:
        """(the product's name, wishes): sentences are split into clauses, list entries are not."""
        product = ""
        wishes: list[tuple[Statement, str]] = []
        for statement in statements:
            text = statement.text
            if _NOT.search(text) and not text.lower().startswith(("no more than", "no later")):
                self.aside(roles.OUTSIDE, statement)
                continue
            if statement.kind != "sentence":
                wishes.append((statement, text))
                continue
            found = _PRODUCT.match(text)
            if found and not product:
                product = found["what"].strip()
                text = _LEAD.sub("", found["rest"].strip(" .,;:"))
                # What is built may be a kind of work by itself: `a REST API for invoices`.
                if not text or not asks(text):
                    wishes.append((statement, statement.text))
                    continue
            parts = clauses(text)
            kept = [part for part in parts if asks(part) or matching(part)]
            vague = [part for part in parts if part not in kept]
            wishes += [(statement, part) for part in kept]
            for part in vague:
                self._unasked(statement, part, wishes)
        if not product and wishes:
            product = Drafter.name_of(wishes[0][1])
        return product, wishes

    @staticmethod
    def name_of(text: str) -> str:
        """A title for a text that names no product."""
        return shortened(Saying(text).title, 60)

    def _unasked(
        self, statement: Statement, part: str, wishes: list[tuple[Statement, str]]
    ) -> None:
        if statement.text.endswith("?"):
            self.aside(roles.QUESTIONS, statement)
        elif vague_words(part):
            wishes.append((statement, part))
        elif len(words(part)) > 1:
            self.proposal.leave(part, self.writer.origin(statement), "asks for nothing by itself")

    def _wish(self, statement: Statement, text: str) -> None:
        if not self.keep(statement):
            return
        found = matching(text)
        origin = self.writer.origin(statement)
        if found is None:
            quality = bool(vague_words(text)) and not matching(text)
            name = "quality" if quality else "core"
            step = self.groups.get(name)
            if step is None:
                title = "How good it must be" if quality else "Core features"
                step = self.groups[name] = Node("step", title, origin, "no pattern fits")
            step.children.append(
                self.writer.microstep(statement, text=text, why="the text asks for it")
            )
            return
        subject = subject_of(text, found.subject)
        name = f"{found.name} {' '.join(words(subject))}" if found.each else found.name
        step = self.groups.get(name)
        if step is None:
            step = self.writer.of_pattern(
                found, origin, subject, f"the text asks for it; pattern: {found.name}"
            )
            self.count += len(step.children)
            self.groups[name] = step
        own = self.writer.microstep(statement, text=text, why="the text asks for it")
        if all(alike(frozenset(words(own.title)), frozenset(words(each.title))) < 0.75
               for each in step.children):  # fmt: skip
            step.children.append(own)
        else:
            self.writer.settle_vague(step.children[0], text)


def _optional(node: Node) -> Node:
    node.optional = True
    for child in node.children:
        _optional(child)
    return node
