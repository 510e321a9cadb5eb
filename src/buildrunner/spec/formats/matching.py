"""Which items of an outline the plan has already: by id, by source key, by likeness."""

from __future__ import annotations

from difflib import SequenceMatcher

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance
from buildrunner.spec.formats.outline import Item, Outline
from buildrunner.spec.formats.standing import Entity, Standing

#: As many matched titles must differ before a file is taken for another project's.
SUSPICIOUS = 3
#: How alike two titles are (difflib's ratio) to be one entity that was renamed.
ALIKE = 0.6
#: More pairs than this are not compared: renames in bulk are new entities.
MOST_PAIRS = 2_500


class Matching:
    """`ids` says which entity an item is, by the item's reference."""

    def __init__(self, outline: Outline, standing: Standing) -> None:
        self.outline = outline
        self.standing = standing
        self.ids: dict[str, str] = {}
        self.claimed: set[str] = set()
        self._seen: set[str] = set()
        self._visit(outline.items, "", "", "")

    def _visit(self, items: list[Item], parent: str | None, new_key: str, old_key: str) -> None:
        """`parent` is the entity above, None where that is new; a renamed one had `old_key`."""
        self._drop_repeated(items)
        for item in items:
            key = item.key
            if old_key != new_key and key.startswith(new_key):
                key = old_key + key[len(new_key) :]
            found = self._find(item, key)
            if found is not None and found not in self.claimed:
                self._take(item, found)
        if parent is not None:
            self._renamed(items, parent)
        for item in items:
            found = self.ids.get(item.reference)
            old = self.standing.keys.get(found, item.key) if found is not None else item.key
            self._visit(item.children, found, item.key, old)

    def _take(self, item: Item, identifier: str) -> None:
        self.claimed.add(identifier)
        self.ids[item.reference] = identifier

    def _drop_repeated(self, items: list[Item]) -> None:
        for item in list(items):
            if item.reference in self._seen:
                items.remove(item)
                self.outline.drop(
                    "duplicate_item",
                    f"{item.kind} {item.label} is in the source twice; the second is left out",
                    item.line,
                )
            self._seen.add(item.reference)

    def _find(self, item: Item, key: str) -> str | None:
        if item.id:
            found = self.standing.known(item.id)
            return found if found is not None and self.standing.kinds[found] == item.kind else None
        return self.standing.imported.get((item.kind, key))

    # -- renamed in a source that numbers nothing -------------------------------------------

    def _renamed(self, items: list[Item], parent: str) -> None:
        open_items = [item for item in items if item.titled and item.reference not in self.ids]
        if not open_items:
            return
        scope = open_items[0].key.partition("#")[0]
        candidates = [
            identifier
            for identifier in self.standing.imported_below(parent, items[0].kind)
            if identifier not in self.claimed
            and self.standing.keys[identifier].partition("#")[0] == scope
        ]
        if not candidates or len(candidates) * len(open_items) > MOST_PAIRS:
            return
        pairs = sorted(
            (
                (-_likeness(item, self.standing.entities[identifier]), place, rank)
                for place, item in enumerate(open_items)
                for rank, identifier in enumerate(candidates)
            ),
        )
        for likeness, place, rank in pairs:
            item, identifier = open_items[place], candidates[rank]
            if -likeness < ALIKE:
                return
            if item.reference not in self.ids and identifier not in self.claimed:
                self._take(item, identifier)

    def refuse_another_project(self) -> None:
        """SpecError where most ids of the source mean something else in the plan."""
        changed = matched = 0
        for item in self.outline.walk():
            identifier = self.ids.get(item.reference)
            if identifier is None or item.titled or "title" not in item.fields:
                continue
            matched += 1
            entity = self.standing.entities[identifier]
            title = item.fields["title"]
            seen = "" if item.id else provenance.mark_seen(entity, "title")
            changed += provenance.mark(title) != seen and entity.get("title") != title
        if changed >= SUSPICIOUS and changed * 2 > matched:
            raise SpecError(
                "import_other_project",
                f"{changed} of {matched} entities that bear the same ids in the source have other "
                "titles there: this looks like another project's file",
                hint="--source NAME imports it beside what is here; "
                "--prefer source says it is the same project",
            )


def _likeness(item: Item, entity: Entity) -> float:
    """From 0 to 1: the titles, or what lies below and behind them, if that is more alike."""
    title = entity.get("title")
    ratio = SequenceMatcher(None, item.title, title if isinstance(title, str) else "").ratio()
    criteria = item.fields.get("criteria")
    if criteria and "criteria" not in item.derived and criteria == entity.get("criteria"):
        return max(ratio, 0.9)
    members = entity.get(item.children[0].kind + "s") if item.children else None
    if isinstance(members, list) and members:
        ours = {member.get("title") for member in members if isinstance(member, dict)}
        theirs = {child.title for child in item.children}
        return max(ratio, len(ours & theirs) / max(len(ours | theirs), 1))
    return ratio
