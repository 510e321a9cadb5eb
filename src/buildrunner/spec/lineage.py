"""Which entity of a base is which of a later plan, followed through every revision between."""

from __future__ import annotations

from buildrunner.spec.operations import apply_to
from buildrunner.spec.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from buildrunner.spec.operations import Operation


def trace(
    base: dict[str, Any],
    revisions: Iterable[tuple[Sequence[Operation], Sequence[Mapping[str, str]]]],
) -> dict[str, str]:
    """Id in `base` → id now, for every entity that was there all along.

    `revisions` are those since the base, oldest first: the operations of each, and its renames
    as {"from", "to"}: those that a merge gave to entities of the plan it was made on
    (`MergeResult.renames` of the side that was the head). What was removed on the way is left
    out, also where its id names something again.

    Raises OperationError where the operations do not follow from `base`.
    """
    tree = Tree(base)
    holders = {name: name for name in tree.nodes}
    for operations, renames in revisions:
        names = {rename["from"]: rename["to"] for rename in renames}
        gone: set[str] = set()
        for operation in operations:
            if operation.get("op") == "remove" and operation.get("id") in tree.nodes:
                gone.update(node.id for node in tree.subtree(operation["id"]))
            apply_to(tree, [operation])
        moved: dict[str, str] = {}
        for name in gone | names.keys():
            origin = holders.pop(name, None)
            if origin is not None and name in names:
                moved[names[name]] = origin
        holders.update(moved)
    return {origin: name for name, origin in holders.items() if name in tree.nodes}
