"""The plan as a tree; rows of what is folded in are made when it is unfolded."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from buildrunner.cli.layout import flat
from buildrunner.cli.output import GLYPHS
from buildrunner.cli.tui.snapshot import Snapshot
from buildrunner.spec.document import Entity

COLORS = {"todo": "", "doing": "yellow", "blocked": "red", "done": "green"}


class PlanTree(Tree[str]):
    """Nodes carry the id of their entity. What is unfolded and chosen survives `show`."""

    def __init__(self) -> None:
        super().__init__("plan", id="plan")
        self.show_root = False
        self.guide_depth = 2
        self._snapshot: Snapshot | None = None
        self._flat: list[Entity] | None = None
        self._open: set[str] = set()

    def draw(self, snapshot: Snapshot, only: list[Entity] | None = None) -> None:
        """Show a snapshot: its tree, or of its microsteps `only` those given, in a list."""
        first = self._snapshot is None
        chosen = self.chosen
        self._snapshot, self._flat = snapshot, only
        self.clear()
        if only is not None:
            for entity in only:
                self.root.add_leaf(self._words(entity), entity.id)
        else:
            self._add(self.root, Entity("root", snapshot.plan).children())
        self.root.expand()
        if first:
            wanted = next((row["id"] for row in snapshot.summary["doing"]), None)
            chosen = wanted or next((row["id"] for row in snapshot.summary["next"]), "")
        self.choose(chosen)

    @property
    def chosen(self) -> str:
        """The id under the cursor; "" where there is none."""
        return (self.cursor_node.data or "") if self.cursor_node else ""

    def choose(self, identifier: str) -> None:
        """Put the cursor on an entity, unfolding what it is in."""
        path = []
        entity = self._snapshot.entities.get(identifier) if self._snapshot else None
        while entity is not None and entity.id and self._flat is None:
            path.append(entity.id)
            entity = entity.above
        node: TreeNode[str] | None = self.root
        for name in reversed(path or [identifier]):
            if node is None:
                break
            if node is not self.root:
                self._unfold(node)
            node = next((child for child in node.children if child.data == name), None)
        if node is not None and node is not self.root:
            self.call_after_refresh(self.move_cursor, node)

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[str]) -> None:
        """Make the rows of what was unfolded."""
        self._unfold(event.node)

    def on_tree_node_collapsed(self, event: Tree.NodeCollapsed[str]) -> None:
        """Remember it for the next drawing."""
        self._open.discard(event.node.data or "")

    def _unfold(self, node: TreeNode[str]) -> None:
        if node is self.root or self._snapshot is None or not node.data:
            return
        self._open.add(node.data)
        entity = self._snapshot.entities.get(node.data)
        if entity is not None and not node.children:
            self._add(node, entity.children())
        if not node.is_expanded:
            node.expand()

    def _add(self, node: TreeNode[str], entities: Iterable[Entity]) -> None:
        for entity in entities:
            words = self._words(entity)
            if entity.kind == "microstep":
                node.add_leaf(words, entity.id)
                continue
            below = node.add(words, entity.id, allow_expand=bool(entity.children()))
            if entity.id in self._open:
                self._unfold(below)

    def _words(self, entity: Entity) -> Text:
        """One row. Titles are strangers' text: they are never read as markup."""
        title = flat(entity.value.get("title"))
        row = Text(no_wrap=True, overflow="ellipsis")
        if entity.kind != "microstep":
            done, total = _progress(entity)
            row.append(f"{entity.id}  ", "cyan")
            row.append(plain(title), "bold" if entity.kind == "milestone" else "")
            row.append(f"  {done}/{total}", "green" if total and done == total else "dim")
            return row
        status = str(entity.value.get("status"))
        row.append(f"{GLYPHS.get(status, '?')} ", COLORS.get(status, ""))
        row.append(f"{entity.id}  ", "cyan")
        row.append(plain(title), "dim" if status == "done" else "")
        claim = self._snapshot.claims.get(entity.id) if self._snapshot else None
        if claim:
            row.append(f"  {plain(flat(claim['holder']))} holds it", "yellow")
        return row


def _progress(entity: Entity) -> tuple[int, int]:
    """(done, all) microsteps in an entity."""
    done = total = 0
    for child in entity.children():
        if child.kind == "microstep":
            done += child.value.get("status") == "done"
            total += 1
        else:
            inside = _progress(child)
            done, total = done + inside[0], total + inside[1]
    return done, total


def plain(text: str) -> str:
    """Text without what would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)
