"""From a plan to a narrative. Nothing is said that the plan does not hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from buildrunner.spec.document import Entity, index
from buildrunner.spec.graph import Graph
from buildrunner.spec.narrative.facts import Facts, below, find, line, lines, status_of
from buildrunner.spec.narrative.language import Voice
from buildrunner.spec.narrative.story import AUDIENCES, Narrative, Section, Sentence

Plan = dict[str, Any]
_NAMED = 5
_DESCRIBED = ("description", "details", "goal", "summary")


def narrate(
    plan: Plan,
    identifier: str = "",
    *,
    audience: str = "general",
    language: str = "en",
    proven: Collection[str] | None = None,
) -> Narrative:
    """Tell an entity, or the whole plan for "".

    Args:
        plan: the document.
        identifier: a milestone's, step's or microstep's id.
        audience: one of `AUDIENCES`; the business hears of risks and progress, not of ids.
        language: a BCP 47 tag; `Narrative.language` says which one it became.
        proven: ids whose `done` has evidence, None where nobody knows.

    Raises KeyError where nothing has this id, ValueError for an unknown audience.
    """
    if audience not in AUDIENCES:
        raise ValueError(audience)
    return _Teller(plan, identifier, audience, language, proven).narrative()


class _Teller:
    def __init__(
        self,
        plan: Plan,
        identifier: str,
        audience: str,
        language: str,
        proven: Collection[str] | None,
    ) -> None:
        self.voice = Voice(language, plain=audience != "technical")
        self.audience = audience
        self.entity = find(plan, identifier)
        self.entities = index(plan)
        self.facts = Facts(plan, self.entity, Graph(plan), proven)

    def narrative(self) -> Narrative:
        """The sections that this audience is told, without the empty ones."""
        own = self.entity.kind == "microstep"
        parts = (
            (self._purpose, self._standing, self._criteria, self._needs, self._effect, self._own_risk)
            if own
            else (self._purpose, self._state, self._parts, self._next, self._waiting, self._risks)
        )  # fmt: skip
        sections = [section for section in (part() for part in parts) if section.sentences]
        title = self._title(self.entity)
        root = self.entity.kind == "root"
        return Narrative(
            self.voice.say("overview.title", title=title) if root else title,
            scope="project" if root else self.entity.kind,
            entity_id=self.entity.id,
            audience=self.audience,
            language=self.voice.language,
            asked=self.voice.asked,
            sections=sections,
        )

    # -- saying --

    def _title(self, entity: Entity) -> str:
        return line(entity.value.get("title")) or entity.id or self.voice.say("untitled")

    def _titled(self, identifier: str) -> str | None:
        entity = self.entities.get(identifier)
        return None if entity is None else self._title(entity)

    def _said(self, key: str, *cites: str, **values: Any) -> Sentence:
        return Sentence(self.voice.say(key, **values), cites or (self.entity.id,))

    def _section(self, key: str, sentences: Iterable[Sentence], *, listed: bool = False) -> Section:
        return Section(key, self.voice.say(f"head.{key}"), list(sentences), listed=listed)

    def _names(self, rows: list[Entity]) -> str:
        names = [f"“{self._title(row)}”" for row in rows[:_NAMED]]
        if len(rows) > _NAMED:
            names.append("…")
        return self.voice.several(names)

    def _rest(self, count: int) -> list[Sentence]:
        return [self._said("more", n=count)] if count > 0 else []

    # -- what everything has --

    def _purpose(self) -> Section:
        entity, facts = self.entity, self.facts
        kind = "project" if entity.kind == "root" else entity.kind
        children = entity.children()
        said = [
            self._said(
                f"is.{kind}",
                title=self._title(entity),
                above=self._title(entity.above) if entity.above is not None else "",
                n=len(children),
                steps=sum(len(child.children()) for child in children),
                rows=len(facts.rows),
            )
        ]
        for name in _DESCRIBED:
            if text := line(entity.value.get(name), 1_000):
                said.append(self._said("says", text=text))
                break
        return self._section("purpose", said)

    # -- a plan, a milestone, a step --

    def _state(self) -> Section:
        facts = self.facts
        total = len(facts.rows)
        if not total:
            return self._section("state", [self._said("empty")])
        form = "all" if not facts.open else "some" if facts.done else "none"
        said = [self._said(f"done.{form}", n=total, done=len(facts.done), share=facts.share_done)]
        if facts.proven is not None and facts.done:
            unproven = [row for row in facts.done if row not in facts.proven]
            key = "all" if not unproven else "some" if facts.proven else "none"
            cites = [row.id for row in unproven[:_NAMED]]
            proven = len(facts.proven)
            said.append(self._said(f"proven.{key}", *cites, proven=proven, n=len(unproven)))
        for key, rows in (("doing", facts.doing), ("blocked", facts.blocked)):
            if rows:
                cites = [row.id for row in rows[:_NAMED]]
                said.append(self._said(key, *cites, n=len(rows), names=self._names(rows)))
        if facts.effort_left and self.audience != "general":
            said.append(self._said("effort", n=round(facts.effort_left)))
        return self._section("state", said)

    def _parts(self) -> Section:
        said = []
        for child in self.entity.children():
            rows = below(child)
            done = sum(status_of(row) == "done" for row in rows)
            form = "part.empty" if not rows else "part.all" if done == len(rows) else "part"
            if child.kind == "microstep" and form == "part":
                status = status_of(child)
                form = f"part.{status if status in ('doing', 'blocked') else 'todo'}"
            said.append(
                self._said(form, child.id, title=self._title(child), done=done, n=len(rows))
            )
        return self._section("parts", said, listed=True)

    def _next(self) -> Section:
        facts = self.facts
        if not facts.open:
            return self._section("next", [])
        ready = facts.next()
        said = [
            self._said(
                "next", row.id, title=self._title(row), why="; ".join(why).removeprefix("ready: ")
            )
            for row, why in ready
        ] or [self._said("next.none")]
        critical = facts.critical()
        if critical and self.audience != "general":
            cites = [row.id for row in critical[:_NAMED]]
            first = self._title(critical[0])
            said.append(self._said("critical", *cites, n=len(critical), title=first))
        return self._section("next", said)

    def _waiting(self) -> Section:
        if not self.facts.open:
            return self._section("waiting", [])
        found = self.facts.waiting()
        said = [self._waits(row, chain) for row, chain in found[:_NAMED]]
        if not found and self.audience == "technical":
            said = [self._said("free")]
        return self._section("waiting", [*said, *self._rest(len(found) - _NAMED)], listed=True)

    def _waits(self, row: Entity, chain: list[str]) -> Sentence:
        need = chain[-1]
        title = self._titled(need)
        if title is None:
            return self._said("waits.missing", row.id, title=self._title(row), need=need)
        return self._said("waits", row.id, need, title=self._title(row), need=title)

    def _risks(self) -> Section:
        if not self.facts.open:
            return self._section("risks", [])
        grave = self.facts.grave
        said = []
        for row in grave[:_NAMED]:
            level = self.voice.say(f"level.{row.value['risk_level']}")
            said.append(self._said("risk", row.id, title=self._title(row), level=level))
            said.append(self._rollback(row))
        if not grave:
            said = [self._said("risk.none")]
        return self._section("risks", [*said, *self._rest(len(grave) - _NAMED)])

    def _rollback(self, row: Entity) -> Sentence:
        text = line(row.value.get("rollback_plan"))
        if text:
            return self._said("risk.rollback", row.id, text=text)
        return self._said("risk.no_rollback", row.id)

    # -- a microstep --

    def _standing(self) -> Section:
        entity, facts = self.entity, self.facts
        status = status_of(entity)
        owner = line(entity.value.get("owner"), 80)
        key = status if status in ("todo", "doing", "blocked", "done") else "todo"
        if status == "done" and facts.proven is not None:
            key = "proven" if facts.proven else "unproven"
        if status == "doing" and owner:
            key = "doing.by"
        said = [self._said(f"status.{key}", owner=owner)]
        if owner and status != "doing":
            said.append(self._said("status.owner", owner=owner))
        if any(row.id == entity.id for row in facts.critical()) and entity.id:
            said.append(self._said("on.critical"))
        return self._section("state", said)

    def _criteria(self) -> Section:
        value = self.entity.value
        criteria = lines(value.get("criteria"))
        said = [self._said("criterion", text=text) for text in criteria]
        if not criteria:
            return self._section("criteria", [self._said("criteria.none")])
        if self.audience == "technical":
            above = self.entity.above
            checks = [
                check
                for holder in (value, above.value if above is not None else {})
                for check in holder.get("checks") or ()
            ]
            key = "checks" if checks else "checks.none"
            said.append(self._said(key, n=len(checks)))
        return self._section("criteria", said, listed=True)

    def _needs(self) -> Section:
        said = []
        named = self.facts.needs_outside()
        for need in named[:_NAMED]:
            entity = self.entities.get(need)
            if entity is None:
                said.append(self._said("needs.missing", need=need))
                continue
            rows = below(entity)
            done = bool(rows) and all(status_of(row) == "done" for row in rows)
            state = self.voice.say("state.done" if done else "state.open")
            said.append(
                self._said("needs", self.entity.id, need, title=self._title(entity), state=state)
            )
        said += self._rest(len(named) - _NAMED)
        return self._section("needs", said or [self._said("waits.none")], listed=True)

    def _effect(self) -> Section:
        waiting = self.facts.graph.affected_by(self.entity.id) if self.entity.id else []
        said = [self._said("effect", row.id, title=self._title(row)) for row in waiting[:_NAMED]]
        if len(waiting) > _NAMED:
            said.append(self._said("effect.more", n=len(waiting) - _NAMED))
        return self._section("effect", said or [self._said("effect.none")], listed=True)

    def _own_risk(self) -> Section:
        value = self.entity.value
        level = value.get("risk_level")
        if level not in ("low", "medium", "high", "critical"):
            return self._section("risks", [])
        said = [self._said("risk.own", level=self.voice.say(f"level.{level}"))]
        if notes := line(value.get("risk_notes")):
            said.append(self._said("risk.notes", text=notes))
        if level in ("high", "critical") or value.get("rollback_plan"):
            said.append(self._rollback(self.entity))
        return self._section("risks", said)
