"""A plan taken apart into linked nodes, so that edits are local and the rest stays shared.

Rendering gives back the very dicts of the input wherever nothing changed below them.
"""

from __future__ import annotations

from buildrunner.spec.document import CHILD_KIND, CHILDREN
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

ROOT = ""
NO_CHILDREN: list[str] = []  # one for all microsteps, which never get any


class Node:
    """One entity: its dict, the id above, the ids below, in order.

    `value` may still hold the children list of the input; `children` is what counts.
    `listed` says whether the children list is written when it is empty.
    `changed` is true for a node that must be rendered anew, and then for all above it.
    """

    __slots__ = ("changed", "children", "id", "kind", "list_field", "listed", "parent", "value")

    def __init__(self, identifier: str, kind: str, value: dict[str, Any], parent: str) -> None:
        self.id = identifier
        self.kind = kind
        self.value = value
        self.parent = parent
        self.list_field = CHILDREN.get(kind)
        self.listed = self.list_field in value
        self.children: list[str] = [] if self.list_field is not None else NO_CHILDREN
        self.changed = False

    def fields(self) -> Iterator[tuple[str, Any]]:
        """The fields that can be set: neither the id nor the list of children."""
        for name, value in self.value.items():
            if name != self.list_field and (name != "id" or self.kind == "root"):
                yield name, value

    def write(self, name: str, value: Any) -> None:
        """Set a field in a copy of the dict; a new one stands before the children."""
        if name in self.value or self.list_field not in self.value:
            self.value = {**self.value, name: value}
        else:
            below = {self.list_field: self.value[self.list_field]}
            head = {key: kept for key, kept in self.value.items() if key != self.list_field}
            self.value = {**head, name: value, **below}

    def erase(self, name: str) -> None:
        """Take a field out of a copy of the dict."""
        self.value = {key: kept for key, kept in self.value.items() if key != name}


class Tree:
    """Id → node for a plan, the root under ""."""

    __slots__ = ("nodes",)

    def __init__(self, plan: dict[str, Any]) -> None:
        """Raises SpecError `plan_malformed` where an entity is no object or has no own id."""
        if plan.__class__ is not dict:
            raise _malformed("the plan is not an object", "")
        self.nodes: dict[str, Node] = {ROOT: Node(ROOT, "root", plan, ROOT)}
        self._unfold(self.nodes[ROOT])

    def _unfold(self, top: Node) -> None:
        """Register everything below `top`, which is registered."""
        nodes = self.nodes
        waiting = [top]
        for above in waiting:  # grows while it is walked: level by level
            field = above.list_field
            members = above.value.get(field) if field is not None else None
            if members is None and not above.listed:
                continue
            if members.__class__ is not list:
                raise _malformed(f"{field} is not a list", above.id)
            kind = CHILD_KIND[above.kind]
            leaf = kind not in CHILDREN
            for member in members:
                identifier = member.get("id") if member.__class__ is dict else None
                if identifier.__class__ is not str or not identifier:
                    raise _malformed(f"a {kind} is no object with an id", above.id)
                if identifier in nodes:
                    raise _malformed(f'the id "{identifier}" is used twice', above.id)
                node = nodes[identifier] = Node(identifier, kind, member, above.id)
                above.children.append(identifier)
                if not leaf:
                    waiting.append(node)

    def touch(self, node: Node) -> None:
        """Mark a node and all above it for rendering."""
        while not node.changed:
            node.changed = True
            node = self.nodes[node.parent]

    def subtree(self, identifier: str) -> Iterator[Node]:
        """A node and all below it, parents first."""
        waiting = [identifier]
        while waiting:
            node = self.nodes[waiting.pop()]
            yield node
            waiting.extend(reversed(node.children))

    def graft(self, value: dict[str, Any], kind: str, parent: str, place: int) -> None:
        """Hang a whole entity below `parent` at `place`; on SpecError the tree is spent."""
        node = Node(value["id"], kind, value, parent)
        self.nodes[node.id] = node
        self._unfold(node)
        above = self.nodes[parent]
        above.children.insert(place, node.id)
        self.touch(above)

    def prune(self, identifier: str) -> dict[str, Any]:
        """Take an entity out with everything below it; its value as it was."""
        value = self.render(identifier)
        for node in list(self.subtree(identifier)):
            del self.nodes[node.id]
            if node.id == identifier:
                above = self.nodes[node.parent]
                above.children.remove(identifier)
                self.touch(above)
        return value

    def render(self, identifier: str = ROOT) -> dict[str, Any]:
        """The entity as a plain dict; the root gives the document."""
        node = self.nodes[identifier]
        if not node.changed:
            return node.value
        field = node.list_field
        if field is None:
            return node.value
        below = [self.render(child) for child in node.children]
        if not below and not node.listed:
            return {name: kept for name, kept in node.value.items() if name != field}
        return {**node.value, field: below}


def _malformed(message: str, identifier: str) -> SpecError:
    place = f'below "{identifier[:200]}": ' if identifier else ""
    return SpecError("plan_malformed", place + message[:300], hint="br lint")
