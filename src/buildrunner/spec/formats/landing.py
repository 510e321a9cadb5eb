"""An outline comes into a plan: matched, added or updated, and counted."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.document import CHILDREN, walk
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance
from buildrunner.spec.formats.arrivals import Arrivals
from buildrunner.spec.formats.dependencies import break_cycles, cycle_message, resolve
from buildrunner.spec.formats.numbering import Numbering
from buildrunner.spec.formats.outline import ImportResult, Item, Note, Outline

Entity = dict[str, Any]
#: As many matched titles must differ before a file is taken for another project's.
SUSPICIOUS = 3


class Landing:
    """One import. `into` is the id of the milestone that takes every step, or ""."""

    def __init__(self, outline: Outline, plan: Entity, *, into: str, prefer: str) -> None:
        self.outline = outline
        self.prefer = prefer
        self.plan = _unshared(plan)
        self.entities: dict[str, Entity] = {}
        self.kinds: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.imported: dict[tuple[str, str], str] = {}
        self._index()
        self.numbering = Numbering({*self.entities, *self.aliases})
        self.arrivals = Arrivals()
        self.ids: dict[str, str] = {}
        self.before: dict[str, Entity] = {}
        self.claimed: set[str] = set()
        self.derived: list[str] = []
        self.counts = dict.fromkeys(
            ("milestones", "steps", "microsteps", "updated", "unchanged", "kept", "absent"), 0
        )
        self.into = into
        if into and self.kinds.get(into) != "milestone":
            milestones = ", ".join(i for i, kind in self.kinds.items() if kind == "milestone")
            raise SpecError(
                "import_into_unknown",
                f"{into} is no milestone of this plan",
                hint=f"milestones: {milestones or 'none yet'}",
            )

    def _index(self) -> None:
        for entity in walk(self.plan):
            if not entity.id or entity.id in self.entities:
                continue
            self.entities[entity.id] = entity.value
            self.kinds[entity.id] = entity.kind
            self.parents[entity.id] = entity.parent
            key = provenance.origin(entity.value, self.outline.format)
            if key is not None:
                self.imported.setdefault((entity.kind, key), entity.id)
            for alias in entity.value.get("aliases") or ():
                if isinstance(alias, str):
                    self.aliases.setdefault(alias, entity.id)

    def run(self) -> ImportResult:
        """Land everything; the outline's notes grow by what the landing has to say."""
        self._match()
        self._refuse_another_project()
        edges = resolve(self.outline, self._known)
        for item in self.outline.items:
            if self.into:
                self._place(item.children, "step", self.into)
        if not self.into:
            self._place(self.outline.items, "milestone", "")
        self.arrivals.settle(self.plan, self.entities)
        added = {identifier for identifier in self.entities if identifier not in self.before}
        self._write(edges, added)
        self._tally(added)
        return ImportResult(self.outline.format, self.plan, self.counts, self.outline.notes)

    def _known(self, reference: str) -> str | None:
        return reference if reference in self.entities else self.aliases.get(reference)

    # -- matching ------------------------------------------------------------------------

    def _match(self) -> None:
        """Fill `ids` for every item the plan already has; drop what the source has twice."""
        self.before = {identifier: dict(value) for identifier, value in self.entities.items()}
        seen: set[str] = set()

        def visit(items: list[Item]) -> None:
            for item in list(items):
                if item.reference in seen:
                    items.remove(item)
                    self.outline.drop(
                        "duplicate_item",
                        f"{item.kind} {item.reference} is in the source twice; the second is left out",
                        item.line,
                    )
                    continue
                seen.add(item.reference)
                found = self._find(item)
                if found is not None and found not in self.claimed:
                    self.claimed.add(found)
                    self.ids[item.reference] = found
                visit(item.children)

        visit(self.outline.items)

    def _find(self, item: Item) -> str | None:
        if item.id:
            found = self._known(item.id)
            return found if found is not None and self.kinds[found] == item.kind else None
        return self.imported.get((item.kind, item.key))

    def _refuse_another_project(self) -> None:
        changed = matched = 0
        for item in self.outline.walk():
            identifier = self.ids.get(item.reference)
            if identifier is None or "title" not in item.fields:
                continue
            matched += 1
            entity = self.entities[identifier]
            title = item.fields["title"]
            seen = "" if item.id else provenance.mark_seen(entity, "title")
            changed += provenance.mark(title) != seen and entity.get("title") != title
        if changed >= SUSPICIOUS and changed * 2 > matched and not self.prefer:
            raise SpecError(
                "import_other_project",
                f"{changed} of {matched} entities that bear the same ids in the source have other "
                "titles there: this looks like another project's file",
                hint="--as NAME imports it beside what is here; --prefer source says it is the same",
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
            elif self.parents.get(identifier, parent) == parent:
                self.arrivals.met(kind, parent, identifier)
            self.ids[item.reference] = identifier
            if kind != "microstep":
                self._place(
                    item.children, "step" if kind == "milestone" else "microstep", identifier
                )

    def _adopter(self, item: Item) -> str | None:
        """The entity that took an unmatched container's children, moved by hand or by `into`."""
        if item.id:
            return None
        for child in item.children:
            found = self.ids.get(child.reference)
            parent = self.parents[found] if found is not None else ""
            if parent and parent not in self.claimed:
                self.claimed.add(parent)
                item.fields, item.needs = {}, None
                return parent
        return None

    def _add(self, item: Item, kind: str, parent: str) -> str:
        above = self.entities[parent] if parent else self.plan
        siblings = above.get(CHILDREN["root" if not parent else self.kinds[parent]])
        below = f"{parent}." if parent else ""
        if item.id and item.id.startswith(below) and item.id not in self.numbering.taken:
            identifier = item.id
            self.numbering.taken.add(identifier)
        else:
            identifier = self.numbering.new(
                kind, parent, siblings if isinstance(siblings, list) else [], item.number
            )
        entity: Entity = {"id": identifier}
        if kind != "microstep":
            entity[CHILDREN[kind]] = []
        self.entities[identifier] = entity
        self.kinds[identifier] = kind
        self.parents[identifier] = parent
        self.arrivals.new(kind, parent, identifier)
        self.counts[kind + "s"] += 1
        return identifier

    # -- writing -------------------------------------------------------------------------

    def _write(self, edges: dict[str, list[str]], added: set[str]) -> None:
        wanted: dict[str, list[str]] = {}
        for item in self.outline.walk():
            if self.into and item.kind == "milestone":
                continue
            fields = dict(item.fields)
            if item.reference in edges:
                needs = [self.ids.get(need, need) for need in edges[item.reference]]
                if needs or item.id:
                    fields["depends_on"] = needs
            identifier = self.ids[item.reference]
            self._write_one(item, identifier, fields, identifier in added)
            if "depends_on" in fields:
                wanted[identifier] = fields["depends_on"]
        self._break_cycles(wanted)

    def _write_one(self, item: Item, identifier: str, fields: Entity, new: bool) -> None:
        entity = self.entities[identifier]
        kind = self.kinds[identifier]
        if not fields:
            return
        if new:
            provenance.write(entity, kind, fields)
            if not item.id:
                stamp = provenance.stamp(self.outline.format, item.key, item.status, fields)
                provenance.write(entity, kind, {"source": stamp})
            if item.derived:
                self.derived.append(identifier)
            return
        if item.id:
            outcome = provenance.overwrite(entity, self._own(item, entity, fields))
        else:
            outcome = provenance.update(
                entity, item.key, item.status, fields, derived=item.derived, prefer=self.prefer
            )
        provenance.write(entity, kind, outcome.fields)
        if outcome.kept:
            self.counts["kept"] += len(outcome.kept)
            names = ", ".join(outcome.kept)
            self.outline.notes.append(
                Note(
                    "changed_on_both_sides",
                    f"{identifier} {item.title!r}: {names} changed in the source and in the plan; "
                    "the plan's value stays",
                    line=item.line,
                    ids=[identifier],
                )
            )

    def _own(self, item: Item, entity: Entity, fields: Entity) -> Entity:
        """What an own export says of an entity; its dependencies as they stand, if equal."""
        if item.needs is not None:
            current = entity.get("depends_on")
            if current == item.needs or (not item.needs and current is None):
                return {name: value for name, value in fields.items() if name != "depends_on"}
        return fields

    def _break_cycles(self, wanted: dict[str, list[str]]) -> None:
        """Edges of this import that close a cycle with edges the plan already had."""
        edges: dict[str, list[str]] = {}
        fresh: set[tuple[str, str]] = set()
        for identifier, entity in self.entities.items():
            needs = entity.get("depends_on")
            if not isinstance(needs, list):
                continue
            edges[identifier] = [need for need in needs if isinstance(need, str)]
            if identifier in wanted:
                old = self.before.get(identifier, {}).get("depends_on")
                kept = old if isinstance(old, list) else []
                fresh.update((identifier, need) for need in needs if need not in kept)
        if not fresh:
            return
        for source, target, cycle in break_cycles(edges, lambda *pair: pair in fresh):
            entity = self.entities[source]
            entity["depends_on"] = [need for need in entity["depends_on"] if need != target]
            provenance.remark(entity, "depends_on")
            self.outline.drop("dependency_cycle", cycle_message(source, target, cycle))

    # -- counting ------------------------------------------------------------------------

    def _tally(self, added: set[str]) -> None:
        reached = set(self.ids.values())
        for identifier in reached - added:
            entity, before = self.entities[identifier], self.before[identifier]
            children = CHILDREN.get(self.kinds[identifier])
            equal = entity.keys() == before.keys() and all(
                name == children or provenance.same(value, before[name])
                for name, value in entity.items()
            )
            self.counts["unchanged" if equal else "updated"] += 1
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
        self.counts["dropped"] = sum(note.dropped for note in self.outline.notes)

    def _absent(self, reached: set[str]) -> None:
        scopes = {item.key.partition("#")[0] for item in self.outline.walk() if item.key}
        gone = [
            identifier
            for (_, key), identifier in self.imported.items()
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


def _unshared(plan: Entity) -> Entity:
    """A copy whose entities can be written to; the values inside fields stay shared."""
    copy = dict(plan)
    _unshare(copy, "root")
    return copy


def _unshare(entity: Entity, kind: str) -> None:
    key = CHILDREN.get(kind)
    members = entity.get(key) if key is not None else None
    if key is None or not isinstance(members, list):
        return
    below = {"root": "milestone", "milestone": "step", "step": "microstep"}[kind]
    entity[key] = [dict(member) if isinstance(member, dict) else member for member in members]
    for member in entity[key]:
        if isinstance(member, dict):
            _unshare(member, below)
