"""A draft's items as the tree that the review shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.workbench import facade as workbench


@dataclass(slots=True)
class Branch:
    """One item and what lies below it; `plan_id` is its id in the plan once it was accepted.

    `context` marks an entity of the plan that is shown only for what is added below it.
    """

    id: str
    kind: str
    title: str
    item: dict[str, Any]
    context: bool = False
    plan_id: str = ""
    chosen: bool = False
    children: list[Branch] = field(default_factory=list)

    @property
    def criteria(self) -> list[str]:
        """Its criteria."""
        found = self.item.get("fields", {}).get("criteria")
        return found if isinstance(found, list) else []

    @property
    def below(self) -> int:
        """How many microsteps it holds."""
        own = int(self.kind == "microstep" and not self.context)
        return own + sum(child.below for child in self.children)


def tree_of(view: workbench.DraftView, standing: workbench.Standing | None) -> list[Branch]:
    """The items as branches, under the plan's entities that take them."""
    branches: dict[str, Branch] = {}
    top: list[Branch] = []
    titles = standing.titles if standing else {}
    for item in view.content["items"]:
        branch = Branch(
            item["id"],
            item["kind"],
            item["title"],
            item,
            plan_id=view.added.get(item["id"], ""),
            chosen=not item["optional"],
        )
        branches[item["id"]] = branch
        parent = item["parent"]
        if not parent:
            top.append(branch)
            continue
        above = branches.get(parent)
        if above is None:
            kind = "step" if item["kind"] == "microstep" else "milestone"
            above = Branch(parent, kind, titles.get(parent, parent), {}, context=True)
            branches[parent] = above
            top.append(above)
        above.children.append(branch)
    return top
