"""An outline comes into a plan: matched, added or updated, and counted."""

from __future__ import annotations

from buildrunner.spec.document import CHILDREN
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance, vocabulary
from buildrunner.spec.formats.arrivals import Arrivals
from buildrunner.spec.formats.dependencies import cycle_message, resolve, untangle
from buildrunner.spec.formats.matching import Matching
from buildrunner.spec.formats.numbering import Numbering
from buildrunner.spec.formats.outline import ImportResult, Item, Note, Outline
from buildrunner.spec.formats.standing import Entity, Standing

_COUNTS = ("milestones", "steps", "microsteps", "updated", "unchanged", "kept", "absent", "dropped")


class Landing:
    """One import. `into` is the id of the milestone that takes every step, or ""."""

    def __init__(self, outline: Outline, plan: Entity, *, into: str, prefer: str) -> None:
        self.outline = outline
        self.prefer = prefer
        self.standing = Standing(plan, outline.format)
        self.entities = self.standing.entities
        self.into = into
        if into:
            self._check_into()
        matching = Matching(outline, self.standing)
        if not prefer:
            matching.refuse_another_project()
        self.ids = matching.ids
        self.claimed = matching.claimed
        self.numbering = Numbering({*self.entities, *self.standing.aliases})
        self.arrivals = Arrivals()
        self.added: set[str] = set()
        self.derived: list[str] = []
        self.inexact: dict[str, list[str]] = {}
        self.counts = dict.fromkeys(_COUNTS, 0)

    def _check_into(self) -> None:
        kinds = self.standing.kinds
        if kinds.get(self.into) != "milestone":
            milestones = ", ".join(name for name, kind in kinds.items() if kind == "milestone")
            raise SpecError(
                "import_into_unknown",
                f"{self.into} is no milestone of this plan",
                hint=f"milestones: {milestones or 'none yet'}",
            )

    def run(self) -> ImportResult:
        """Land everything; the outline's notes grow by what the landing has to say."""
        without = "milestone" if self.into else ""
        edges = resolve(
            self.outline, self.standing.known, settled=self._is_settled, without=without
        )
        if self.into:
            for milestone in self.outline.items:
                self._place(milestone.children, "step", self.into)
        else:
            self._place(self.outline.items, "milestone", "")
        self.arrivals.settle(self.standing.plan, self.entities)
        self._write(edges)
        self._tally()
        return ImportResult(
            self.outline.format, self.standing.plan, self.counts, self.outline.notes
        )

    # -- placing -------------------------------------------------------------------------

    def _place(self, items: list[Item], kind: str, parent: str) -> None:
        """Give every item an id: its own, a matched one, or a new one below `parent`."""
        for item in items:
            identifier = self.ids.get(item.reference)
            if identifier is None:
                identifier = self._adopter(item)
            if identifier is None:
                identifier = self._add(item, kind, parent)
            elif self.standing.parents[identifier] == parent:
                self.arrivals.met(kind, parent, identifier)
            self.ids[item.reference] = identifier
            if kind != "microstep":
                below = "step" if kind == "milestone" else "microstep"
                self._place(item.children, below, identifier)

    def _adopter(self, item: Item) -> str | None:
        """The entity that took an unmatched container's children, moved by hand or by `into`."""
        if item.id:
            return None
        for child in item.children:
            found = self.ids.get(child.reference)
            parent = self.standing.parents[found] if found is not None else ""
            if parent and parent not in self.claimed:
                self.claimed.add(parent)
                item.fields, item.needs = {}, None
                return parent
        return None

    def _add(self, item: Item, kind: str, parent: str) -> str:
        above = self.entities[parent] if parent else self.standing.plan
        siblings = above.get(kind + "s")
        below = f"{parent}." if parent else ""
        if item.id and item.id.startswith(below) and item.id not in self.numbering.taken:
            identifier = item.id
            self.numbering.taken.add(identifier)
        else:
            identifier = self.numbering.new(
                kind, parent, siblings if isinstance(siblings, list) else [], item.number
            )
        entity: Entity = {"id": identifier}
        if kind in CHILDREN:
            entity[CHILDREN[kind]] = []
        self.entities[identifier] = entity
        self.standing.kinds[identifier] = kind
        self.standing.parents[identifier] = parent
        self.added.add(identifier)
        self.arrivals.new(kind, parent, identifier)
        self.counts[kind + "s"] += 1
        return identifier

    # -- writing -------------------------------------------------------------------------

    def _write(self, edges: dict[str, list[str]]) -> None:
        waiting: set[str] = set()
        for item in self.outline.walk():
            if self.into and item.kind == "milestone":
                continue
            fields = dict(item.fields)
            if item.reference in edges:
                needs = [self.ids.get(need, need) for need in edges[item.reference]]
                if needs or item.id:
                    fields["depends_on"] = needs
            identifier = self.ids[item.reference]
            if not fields:
                continue
            if identifier in self.added:
                self._fill(item, identifier, fields)
            else:
                self._update(item, identifier, fields)
            if "depends_on" in fields:
                waiting.add(identifier)
        self._break_cycles(waiting)

    def _fill(self, item: Item, identifier: str, fields: Entity) -> None:
        entity, kind = self.entities[identifier], self.standing.kinds[identifier]
        provenance.write(entity, kind, fields)
        if not item.id:
            stamp = provenance.stamp(self.outline.format, item.key, item.status, fields)
            provenance.write(entity, kind, {"source": stamp})
        if "criteria" in item.derived:
            self.derived.append(identifier)
        self._note_status(item, identifier)

    def _update(self, item: Item, identifier: str, fields: Entity) -> None:
        entity = self.entities[identifier]
        if "title" in item.derived:  # a guess names what is new, and renames nothing
            fields.pop("title", None)
        if item.id:
            if self._is_settled(item):
                fields.pop("depends_on", None)
            outcome = provenance.overwrite(entity, fields)
        else:
            outcome = provenance.update(
                entity, item.key, item.status, fields, derived=item.derived, prefer=self.prefer
            )
        provenance.write(entity, self.standing.kinds[identifier], outcome.fields)
        if "status" in outcome.fields:
            self._note_status(item, identifier)
        if outcome.kept:
            self.counts["kept"] += len(outcome.kept)
            names = ", ".join(outcome.kept)
            self.outline.notes.append(
                Note(
                    "changed_on_both_sides",
                    f"{identifier} {item.title!r}: {names} changed in the source and in the plan; "
                    "the plan's value stays (--prefer source|plan decides)",
                    line=item.line,
                    ids=[identifier],
                )
            )

    def _is_settled(self, item: Item) -> bool:
        """Whether an own export names just the dependencies that the plan has."""
        if not item.id or item.needs is None or item.reference not in self.ids:
            return False
        entity = self.entities[self.ids[item.reference]]
        return bool(entity.get("depends_on", []) == item.needs)

    def _note_status(self, item: Item, identifier: str) -> None:
        if item.status in vocabulary.INEXACT:
            status = item.fields.get("status")
            self.inexact.setdefault(f"{item.status} as {status}", []).append(identifier)

    def _break_cycles(self, waiting: set[str]) -> None:
        """Edges of this import that close a cycle with edges the plan already had."""
        edges: dict[str, list[str]] = {}
        fresh: set[tuple[str, str]] = set()
        for identifier, entity in self.entities.items():
            needs = entity.get("depends_on")
            if not isinstance(needs, list):
                continue
            edges[identifier] = [need for need in needs if isinstance(need, str)]
            if identifier in waiting:
                old = self.standing.before.get(identifier, {}).get("depends_on")
                kept = old if isinstance(old, list) else []
                fresh.update((identifier, need) for need in edges[identifier] if need not in kept)
        if not fresh:
            return
        parents = self.standing.parents
        for source, target, cycle in untangle(parents, edges, lambda *pair: pair in fresh):
            entity = self.entities[source]
            entity["depends_on"] = [need for need in entity["depends_on"] if need != target]
            provenance.remark(entity, "depends_on")
            self.outline.drop("dependency_cycle", cycle_message(source, target, cycle))

    # -- counting ------------------------------------------------------------------------

    def _tally(self) -> None:
        reached = set(self.ids.values())
        for identifier in reached - self.added:
            unchanged = self.standing.unchanged(identifier)
            self.counts["unchanged" if unchanged else "updated"] += 1
        self._absent(reached)
        if self.derived:
            self.outline.notes.append(
                Note(
                    "criteria_derived",
                    f"{len(self.derived)} microsteps have no criteria in the source; "
                    "one was made of the title, to be replaced by a real one",
                    ids=self.derived,
                )
            )
        for words, identifiers in self.inexact.items():
            self.outline.notes.append(
                Note("status_read_as", f"{len(identifiers)} read {words}", ids=identifiers)
            )
        self.counts["dropped"] = sum(note.dropped for note in self.outline.notes)

    def _absent(self, reached: set[str]) -> None:
        scopes = {item.key.partition("#")[0] for item in self.outline.walk() if item.key}
        gone = [
            identifier
            for identifier, key in self.standing.keys.items()
            if identifier not in reached and key.partition("#")[0] in scopes
        ]
        if gone:
            self.counts["absent"] = len(gone)
            self.outline.notes.append(
                Note(
                    "absent_from_source",
                    f"{len(gone)} entities came from this source and are no longer in it; "
                    "they stay in the plan (br plan remove ID takes one out)",
                    ids=gone,
                )
            )
