"""A context pack: what somebody needs to know to do one microstep, within a budget of tokens.

Sections come in the order of what cannot be done without: the task and its criteria, how they
are proven, what it depends on, then files, decisions and neighbours. What does not fit is
counted, never cut in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from buildrunner.spec.document import Entity, index
from buildrunner.spec.graph import Graph

Plan = dict[str, Any]

#: Bytes of UTF-8 a token has at least, over prose and code in the vocabularies in use (English
#: prose has four to five, dense code three). Counting low keeps a pack below its budget.
BYTES_PER_TOKEN = 3
DEFAULT_BUDGET = 2_000
LEAST_BUDGET = 200
#: Fields of a microstep told as text, in this order, after title, status and criteria.
_TOLD = ("description", "details", "risk_level", "risk_notes", "rollback_plan", "post_check")
_WORDS_OF_A_LINE = 2_000


def tokens(text: str) -> int:
    """An upper estimate of the tokens in a text."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


class Section:
    """A heading with lines, most needed first. `needed` sections are written before the others."""

    __slots__ = ("heading", "left_out", "lines", "name", "needed")

    def __init__(
        self, name: str, heading: str, lines: Iterable[str], *, needed: bool = False
    ) -> None:
        self.name = name
        self.heading = heading
        self.lines = [" ".join(line.split()) for line in lines if line.strip()]
        self.needed = needed
        self.left_out = 0


class Pack:
    """`text` is Markdown of at most `budget` tokens; `left_out` counts lines by section."""

    __slots__ = ("budget", "left_out", "sections", "text", "tokens")

    def __init__(self, budget: int, title: str, sections: Sequence[Section]) -> None:
        self.budget = budget
        self.sections = sections
        self.text = _fitted(budget, title, sections)
        self.tokens = tokens(self.text)
        self.left_out = {each.name: each.left_out for each in sections if each.left_out}


def brief(
    plan: Plan, identifier: str, *, budget: int = DEFAULT_BUDGET, more: Sequence[Section] = ()
) -> Pack:
    """The pack of a microstep. `more` comes from outside the plan: files, decisions, evidence.

    Raises KeyError where no microstep has this id.
    """
    entities = index(plan)
    entity = entities[identifier]
    if entity.kind != "microstep":
        raise KeyError(identifier)
    title = f"# {identifier}: {_line(entity.value.get('title'))}"
    sections = [
        Section("goal", "## Goal", _goal(plan, entity), needed=True),
        Section("criteria", "## Done when", _criteria(entity), needed=True),
        Section("proof", "## Proven by", _checks(entity)),
        Section("depends_on", "## Depends on", _needs(plan, entity, entities)),
        Section("notes", "## Notes", _notes(entity)),
        *more,
        Section("waiting", "## Waits for this", map(_beside, Graph(plan).affected_by(identifier))),
        Section("neighbours", "## Beside it", _neighbours(entity)),
    ]
    return Pack(budget, title, sections)


def _fitted(budget: int, title: str, sections: Sequence[Section]) -> str:
    """Lines of needed sections first, then the others in turn, while the budget lasts.

    Room for one closing line is kept, so that what is missing can be said.
    """
    room = budget * BYTES_PER_TOKEN - len(_clipped(title).encode()) - 80
    taken: dict[int, list[str]] = {}
    order = sorted(range(len(sections)), key=lambda place: (not sections[place].needed, place))
    for place in order:
        section = sections[place]
        cost = len(section.heading.encode()) + 3
        kept: list[str] = []
        for line in section.lines:
            size = len(_clipped(line).encode()) + 3
            if cost + size > room:
                break
            kept.append(_clipped(line))
            cost += size
        section.left_out = len(section.lines) - len(kept)
        if kept:
            taken[place] = kept
            room -= cost
    parts = [_clipped(title)]
    for place, section in enumerate(sections):
        if place in taken:
            parts.append("\n".join([section.heading, *(f"- {line}" for line in taken[place])]))
    missing = sum(section.left_out for section in sections)
    if missing:
        parts.append(f"({missing} lines did not fit into {budget} tokens)")
    return "\n\n".join(parts) + "\n"


def _clipped(line: str) -> str:
    return line if len(line) <= _WORDS_OF_A_LINE else line[: _WORDS_OF_A_LINE - 1] + "…"


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _goal(plan: Plan, entity: Entity) -> list[str]:
    """From the plan down to the step: why this is done at all."""
    lines = [f"Plan: {_line(plan.get('title'))}"]
    above: list[str] = []
    at = entity.above
    while at is not None and at.kind != "root":
        text = f"{at.kind.capitalize()} {at.id}: {_line(at.value.get('title'))}"
        detail = _line(at.value.get("description"))
        above.append(f"{text}. {detail}" if detail else text)
        at = at.above
    status = entity.value.get("status")
    owner = _line(entity.value.get("owner"))
    state = f"Status: {status}" + (f", owner {owner}" if owner else "")
    return [*lines, *reversed(above), state]


def _criteria(entity: Entity) -> list[str]:
    criteria = entity.value.get("criteria")
    return [_line(text) for text in criteria] if isinstance(criteria, list) else []


def _checks(entity: Entity) -> list[str]:
    """Each check in one line: what it proves and what it runs."""
    lines = []
    own = entity.value.get("checks")
    step = entity.above.value.get("checks") if entity.above is not None else None
    for checks in (own, step):
        for check in checks if isinstance(checks, list) else ():
            if not isinstance(check, dict):
                continue
            number = check.get("criterion")
            proves = f"criterion {number + 1}" if isinstance(number, int) else "every criterion"
            run = _line(check.get("run")) or _line(check.get("kind"))
            lines.append(f"{proves}: `{run}`" if run else proves)
    return lines


def _needs(plan: Plan, entity: Entity, entities: dict[str, Entity]) -> list[str]:
    """What it waits for, open ones first."""
    found: dict[str, None] = {}
    at: Entity | None = entity
    while at is not None and at.kind != "root":
        needs = at.value.get("depends_on")
        for need in needs if isinstance(needs, list) else ():
            if isinstance(need, str):
                found.setdefault(need)
        at = at.above
    blockers = {name for chain in Graph(plan).blocked_by(entity.id) for name in chain}
    lines = {name: _named(name, entities, open_=name in blockers) for name in found}
    return sorted(lines.values(), key=lambda line: "(open)" not in line)


def _named(name: str, entities: dict[str, Entity], *, open_: bool) -> str:
    entity = entities.get(name)
    if entity is None:
        return f"{name} (open): not in the plan"
    return f"{name} ({'open' if open_ else 'done'}): {_line(entity.value.get('title'))}"


def _notes(entity: Entity) -> list[str]:
    value = entity.value
    lines = [f"{name}: {_line(str(value[name]))}" for name in _TOLD if value.get(name)]
    for name in ("demo_script", "links"):
        items = value.get(name)
        for item in items if isinstance(items, list) else ():
            text = item.get("url") if isinstance(item, dict) else item
            lines.append(f"{name}: {_line(str(text))}")
    return lines


def _beside(entity: Entity) -> str:
    return f"{entity.id} ({entity.value.get('status')}): {_line(entity.value.get('title'))}"


def _neighbours(entity: Entity) -> list[str]:
    siblings = entity.above.children() if entity.above is not None else []
    return [_beside(other) for other in siblings if other.id != entity.id]
