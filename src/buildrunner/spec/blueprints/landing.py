"""One fragment comes into a plan: matched, placed, merged field by field, and recorded."""

from __future__ import annotations

from buildrunner.spec.blueprints.choices import BOTH, KEEP, TAKE, Choice, Decisions
from buildrunner.spec.blueprints.reading import external
from buildrunner.spec.blueprints.rewriting import rewritten
from buildrunner.spec.blueprints.standing import FORMAT, Standing, entry_of
from buildrunner.spec.document import CHILDREN
from buildrunner.spec.formats.provenance import mark
from buildrunner.spec.ids import IdSpace, pattern
from buildrunner.spec.merge import OURS, THEIRS, merge
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.blueprints.rendering import Fragment, Part

    Plan = dict[str, Any]

_NOBODY = "\0"  # a parent that no plan has: what ids below a new one look like


class Landing:
    """Brings one fragment in. `base` is the earlier version with the values it was applied with."""

    def __init__(
        self, plan: Plan, fragment: Fragment, decisions: Decisions, base: Fragment | None
    ) -> None:
        self.plan = plan
        self.fragment = fragment
        self.decisions = decisions
        self.entry = entry_of(plan, fragment.name)
        self.standing = Standing(plan)
        self.known = self.standing.of(fragment.name)
        fits = base is not None and base.version == self.entry.get("version")
        self.earlier = {part.id: part for part in base.parts} if base and fits else {}
        self.ids: dict[str, str] = {part: entity.id for part, entity in self.known.items()}
        self.adopted: set[str] = set()
        self.notes: list[str] = []
        self.counts = {"added": 0, "updated": 0, "unchanged": 0, "left_out": 0}
        self.without: list[str] = _texts(self.entry.get("without"))
        self.space = IdSpace.of(plan)
        self.tails: dict[str, str] = {}
        self.stems: dict[tuple[str, str], str] = {}

    def run(self) -> Plan:
        """The plan with the fragment in it."""
        arriving = self._place()
        base_fields: dict[str, dict[str, Any]] = {}
        new_fields: dict[str, dict[str, Any]] = {}
        for part in self.fragment.parts:
            if part.id in self.known:
                self._compare(part, base_fields, new_fields)
        base = rewritten(self.plan, base_fields, {})
        below = self._grown(arriving)
        theirs = rewritten(self.plan, new_fields, below)
        theirs = self._recorded(theirs)
        document = self._merged(base, theirs)
        self._count(document, arriving)
        return document

    # -- places --

    def _place(self) -> list[Part]:
        """Give every part an id; those that are to be added, in order."""
        arriving = []
        gone = {*_texts(self.entry.get("parts")), *self.without}
        missing: set[str] = set()
        for part in self.fragment.parts:
            if part.id in self.known:
                continue
            if part.parent in missing or part.id in gone:
                missing.add(part.id)
                if part.id in gone and part.id not in self.without:
                    self.notes.append(
                        f"{part.id} of {self.fragment.name} was taken out and stays out"
                    )
                continue
            if part.kind == "milestone" and not self._titled(part, missing):
                continue
            if part.id in self.known:
                continue  # it is one with a milestone of the plan now
            self.ids[part.id] = self.space.next(self._stem(part))
            arriving.append(part)
        self.counts["left_out"] = len(missing)
        self.missing = missing
        return arriving

    def _titled(self, part: Part, missing: set[str]) -> bool:
        """Settle what becomes of a milestone whose title the plan has already."""
        title = _plain(part.fields["title"])
        for entity in self.standing.entities.values():
            if entity.kind != "milestone" or entity.id in self.adopted:
                continue
            mine = self.standing.parts
            if any(e.id == entity.id and p == self.fragment.name for (p, _), e in mine.items()):
                continue
            if _plain(str(entity.value.get("title", ""))) != title:
                continue
            answer = self.decisions.answer(
                Choice(
                    entity.id,
                    "title",
                    "same_title",
                    part.fields["title"],
                    ours=entity.value.get("title"),
                    theirs=part.fields["title"],
                    choices=(KEEP, TAKE, BOTH),
                    reason=f"The plan has a milestone of this title that did not come from {self.fragment.name}.",
                )
            )
            if answer == BOTH:
                continue
            self.ids[part.id] = entity.id
            if answer == KEEP:
                missing.add(part.id)
                self.without = [*self.without, part.id]
                return False
            self.known[part.id] = entity
            self.adopted.add(entity.id)
            return True
        return True

    def _stem(self, part: Part) -> str:
        parent = self.ids[part.parent] if part.parent else ""
        if (part.kind, parent) not in self.stems:
            if parent in self.standing.entities or not parent:
                stem = pattern(self.plan, parent, part.kind)
            else:
                if part.kind not in self.tails:
                    self.tails[part.kind] = pattern(self.plan, _NOBODY, part.kind)[1:]
                stem = parent + self.tails[part.kind]
            self.stems[part.kind, parent] = stem
        return self.stems[part.kind, parent]

    # -- fields --

    def _translated(self, part: Part) -> tuple[dict[str, Any], list[str]]:
        """A part's fields with the plan's ids, and the references that wait for their pack."""
        fields = dict(part.fields)
        needs = fields.pop("depends_on", None)
        waits: list[str] = []
        if needs.__class__ is list:
            known: list[str] = []
            for need in needs:
                foreign = external(need)
                if foreign is None:
                    target = self.ids.get(need) or self._above(need)
                else:
                    entity = self.standing.parts.get(foreign)
                    target = entity.id if entity is not None else ""
                    if not target:
                        waits.append(need)
                if target and target not in known:
                    known.append(target)
            if known:
                fields["depends_on"] = known
        return fields, waits

    def _above(self, local: str) -> str:
        """What stands for a part that was left out: the plan's milestone that was kept for it."""
        while local:
            local = next((p.parent for p in self.fragment.parts if p.id == local), "")
            if local in self.ids:
                return self.ids[local]
        return ""

    def _stamp(self, part: Part, waits: list[str]) -> dict[str, Any]:
        key = f"{self.fragment.name}@{self.fragment.version}#{part.id}"
        marks = {name: mark(value) for name, value in part.fields.items()}
        stamp: dict[str, Any] = {"format": FORMAT, "key": key, "fields": marks}
        if waits:
            stamp["waits"] = waits
        return stamp

    def _compare(
        self,
        part: Part,
        base_fields: dict[str, dict[str, Any]],
        new_fields: dict[str, dict[str, Any]],
    ) -> None:
        """What the earlier version said of a part, and what this one says."""
        entity = self.known[part.id]
        ours = entity.value
        theirs, waits = self._translated(part)
        source = ours.get("source")
        seen = source.get("fields") if source.__class__ is dict else None
        marks = seen if seen.__class__ is dict and entity.id not in self.adopted else {}
        earlier = self.earlier.get(part.id)
        children = CHILDREN.get(entity.kind)
        base: dict[str, Any] = {}
        if entity.id in self.adopted:
            base = {name: each for name, each in ours.items() if name not in ("source", children)}
        elif earlier is not None:
            base = self._translated(earlier)[0]
        else:
            self._guessed(entity.id, part, ours, theirs, marks, base)
        base.pop("id", None)
        kept = {
            name: each
            for name, each in base.items()
            if entity.id in self.adopted and name not in theirs
        }
        if source.__class__ is dict:
            base["source"] = source
        base_fields[entity.id] = base
        new_fields[entity.id] = {**kept, **theirs, "source": self._stamp(part, waits)}

    def _guessed(
        self,
        identifier: str,
        part: Part,
        ours: dict[str, Any],
        theirs: dict[str, Any],
        marks: dict[str, Any],
        base: dict[str, Any],
    ) -> None:
        """The base, field by field, from the marks; what both sides changed becomes a choice."""
        for name in [*theirs, *(name for name in marks if name not in theirs)]:
            mine, new = ours.get(name, ABSENT), theirs.get(name, ABSENT)
            if name == "depends_on":
                old = mark(part.fields.get(name))
                base[name] = new if old == marks.get(name) or mine is ABSENT else mine
                if base[name] is mine and mine.__class__ is list:
                    theirs[name] = [*mine, *(n for n in new or () if n not in mine)]
            elif name not in marks:
                base[name] = ABSENT if mine is ABSENT else mine
                if mine is not ABSENT and not same(mine, new):
                    self._settle(identifier, part, name, mine, theirs, base)
            elif mine is not ABSENT and mark(mine) == marks[name]:
                base[name] = mine
            elif new is not ABSENT and mark(new) == marks[name]:
                base[name] = new
            else:
                self._settle(identifier, part, name, mine, theirs, base)
            if base.get(name) is ABSENT:
                del base[name]

    def _settle(
        self,
        identifier: str,
        part: Part,
        name: str,
        mine: Any,
        theirs: dict[str, Any],
        base: dict[str, Any],
    ) -> None:
        new = theirs.get(name, ABSENT)
        base[name] = mine
        if same(mine, new):
            return
        answer = self.decisions.answer(
            _field_choice(identifier, name, str(part.fields["title"]), ABSENT, mine, new)
        )
        chosen = mine if answer == KEEP else new if answer == TAKE else united(mine, new)
        if chosen is ABSENT:
            theirs.pop(name, None)
        else:
            theirs[name] = chosen

    # -- documents --

    def _grown(self, arriving: list[Part]) -> dict[str, list[tuple[str | None, dict[str, Any]]]]:
        """Parent id → (the sibling to follow or None for the end, new entity with its subtree)."""
        made: dict[str, dict[str, Any]] = {}
        below: dict[str, list[tuple[str | None, dict[str, Any]]]] = {}
        fresh = {part.id for part in arriving}
        before: dict[str, str] = {}
        for part in self.fragment.parts:
            identifier = self.ids.get(part.id)
            if identifier is None or part.id in self.missing:
                continue
            if part.id in fresh:
                fields, waits = self._translated(part)
                entity = {"id": identifier, **fields, "source": self._stamp(part, waits)}
                if part.kind in CHILDREN:
                    entity[CHILDREN[part.kind]] = []
                made[part.id] = entity
                if part.parent in fresh:
                    above = "steps" if part.kind == "step" else "microsteps"
                    made[part.parent][above].append(entity)
                else:
                    parent = self.ids[part.parent] if part.parent else ""
                    below.setdefault(parent, []).append((before.get(part.parent), entity))
            before[part.parent] = identifier
        return below

    def _recorded(self, document: Plan) -> Plan:
        """The document whose root says that the pack is in it."""
        entry: dict[str, Any] = {
            "version": self.fragment.version,
            "digest": self.fragment.digest,
            "parameters": dict(self.fragment.values),
            "parts": [part.id for part in self.fragment.parts],
        }
        origin = self.fragment.origin or self.entry.get("origin")
        if origin:
            entry["origin"] = origin
        if self.without:
            entry["without"] = sorted(set(self.without))
        known = document.get("blueprints")
        packs = {**(known if known.__class__ is dict else {}), self.fragment.name: entry}
        ordered = {name: packs[name] for name in sorted(packs)}
        if "blueprints" in document or "milestones" not in document:
            return {**document, "blueprints": ordered}
        made: Plan = {}
        for name, value in document.items():
            if name == "milestones":
                made["blueprints"] = ordered
            made[name] = value
        return made

    def _merged(self, base: Plan, theirs: Plan) -> Plan:
        result = merge(base, self.plan, theirs, published="ours")
        if result.clean:
            return result.document
        answers: dict[tuple[str, str], Any] = {}
        for conflict in result.conflicts:
            title = conflict.title or conflict.id
            choice = _field_choice(
                conflict.id, conflict.field, title, conflict.base, conflict.ours, conflict.theirs
            )
            answer = self.decisions.answer(choice)
            if answer == BOTH:
                answers[conflict.id, conflict.field] = united(conflict.ours, conflict.theirs)
            else:
                answers[conflict.id, conflict.field] = OURS if answer == KEEP else THEIRS
        return merge(base, self.plan, theirs, answers, published="ours").document

    def _count(self, document: Plan, arriving: list[Part]) -> None:
        after = Standing(document).of(self.fragment.name)
        self.counts["added"] = len(arriving)
        for part, entity in self.known.items():
            now = after.get(part)
            if now is None:
                continue
            before = {
                k: v for k, v in entity.value.items() if k not in ("source", "steps", "microsteps")
            }
            later = {
                k: v for k, v in now.value.items() if k not in ("source", "steps", "microsteps")
            }
            self.counts["unchanged" if same(before, later) else "updated"] += 1


def united(ours: Any, theirs: Any) -> Any:
    """Both values of a list: ours, then what theirs has more."""
    if ours.__class__ is list and theirs.__class__ is list:
        return [*ours, *(each for each in theirs if each not in ours)]
    return ours


def _field_choice(
    identifier: str, field: str, title: str, base: Any, ours: Any, theirs: Any
) -> Choice:
    lists = ours.__class__ is list and theirs.__class__ is list and field != "checks"
    choices = (KEEP, TAKE, BOTH) if lists else (KEEP, TAKE)
    return Choice(
        identifier, field, "field", title, base=base, ours=ours, theirs=theirs, choices=choices
    )


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def _texts(value: Any) -> list[str]:
    return [each for each in value if each.__class__ is str] if value.__class__ is list else []
