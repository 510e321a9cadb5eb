"""What an entity waits for and what waits for it, for people and as JSON."""

from __future__ import annotations

from buildrunner.cli.layout import flat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.output import Output
    from buildrunner.spec.document import Entity

_MOST = 8


class Relations:
    """`needs` are (id, title, done); `chains` lead to root causes; `needed_by` and `unblocks`."""

    def __init__(
        self,
        ready: bool,
        needs: list[dict[str, Any]],
        chains: list[list[str]],
        needed_by: list[Entity],
        unblocks: list[Entity],
    ) -> None:
        self.ready = ready
        self.needs = needs
        self.chains = chains
        self.needed_by = needed_by
        self.unblocks = unblocks

    def as_dict(self) -> dict[str, Any]:
        """The members `show --json` adds."""
        return {
            "ready": self.ready,
            "depends_on": self.needs,
            "blocked_by": self.chains,
            "needed_by": [entity.id for entity in self.needed_by],
            "unblocks": [entity.id for entity in self.unblocks],
        }

    def show(self, out: Output) -> None:
        """The same in words."""
        if self.needs:
            out.data("  depends on")
            for need in self.needs:
                out.data(f"    {out.glyph(need['status'])} {need['id']}  {flat(need['title'])}")
        long = [chain for chain in self.chains if len(chain) > 1]
        if long:
            out.data("  blocked by")
            for chain in long[:_MOST]:
                out.data("    " + out.pick(" ← ", " <- ").join(chain))
        if self.needed_by:
            out.data(_named("needed by", self.needed_by))
        if self.unblocks:
            out.data(_named("unblocks", self.unblocks))


def _named(label: str, entities: list[Entity]) -> str:
    more = f" and {len(entities) - _MOST} more" if len(entities) > _MOST else ""
    return f"  {label:<14}{', '.join(entity.id for entity in entities[:_MOST])}{more}"


def relations(plan: dict[str, Any], entity: Entity) -> Relations:
    """The relations of an entity in its plan."""
    from buildrunner.spec.graph import Graph

    graph = Graph(plan)
    return Relations(
        graph.is_ready(entity.id) if entity.kind == "microstep" else False,
        needs_of(plan, entity),
        graph.blocked_by(entity.id, limit=2 * _MOST),
        graph.affected_by(entity.id),
        graph.unblocks(entity.id),
    )


def needs_of(plan: dict[str, Any], entity: Entity) -> list[dict[str, Any]]:
    """What an entity itself depends on: id, title, status (null for an id that is not there)."""
    from buildrunner.cli.rows import rows
    from buildrunner.spec.ids import resolve

    needs: list[dict[str, Any]] = []
    wanted = entity.value.get("depends_on")
    for identifier in wanted if isinstance(wanted, list) else ():
        found = resolve(plan, identifier) if isinstance(identifier, str) else None
        if found is None:
            needs.append({"id": str(identifier), "title": None, "status": None})
            continue
        done = all(each.value.get("status") == "done" for each in rows(plan, found))
        status = "done" if done else "todo"
        if found.kind == "microstep":
            status = found.value.get("status", "todo")
        needs.append({"id": found.id, "title": found.value.get("title"), "status": status})
    return needs
