"""BuildRunner's own plan.json, as an exchange format: everything, nothing else."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.document import CHILD_KIND, CHILDREN, loads
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.outline import Item, Outline, Source

_NOT_IMPORTED = ("projectId", "updatedAt", "$schema", "milestones")


def read(source: Source) -> Outline:
    """A plan as an outline; what is no entity is noted as dropped.

    Raises PlanSyntaxError where the bytes are not JSON.
    """
    plan = loads(source.data)
    if not isinstance(plan.get("milestones"), list):
        raise SpecError(
            "import_not_a_plan",
            "this is JSON, but no plan: it has no list of milestones",
            pointer="/milestones",
            hint="br lint FILE shows what is wrong with a plan; --format names another format",
        )
    outline = Outline("json")
    project = plan.get("projectId")
    outline.project = project if isinstance(project, str) else ""
    outline.own = True
    outline.root = {name: value for name, value in plan.items() if name not in _NOT_IMPORTED}
    outline.items = _children(outline, plan, "root", "")
    return outline


def _children(outline: Outline, above: dict[str, Any], kind: str, pointer: str) -> list[Item]:
    key = CHILDREN.get(kind)
    members = above.get(key, []) if key is not None else []
    if not isinstance(members, list):
        outline.drop("not_a_list", f"{pointer}/{key} is no list")
        return []
    items: list[Item] = []
    for place, member in enumerate(members):
        where = f"{pointer}/{key}/{place}"
        identifier = member.get("id") if isinstance(member, dict) else None
        if not isinstance(identifier, str) or not identifier:
            outline.drop("no_id", f"{where} is no object with an id")
            continue
        items.append(_item(outline, member, CHILD_KIND[kind], identifier, where))
    return items


def _item(
    outline: Outline, member: dict[str, Any], kind: str, identifier: str, pointer: str
) -> Item:
    below = CHILDREN.get(kind)
    fields = {name: value for name, value in member.items() if name not in ("id", below)}
    needs = fields.get("depends_on")
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        needs = None
    item = Item(kind, fields, id=identifier, needs=needs)
    item.children = _children(outline, member, kind, pointer)
    return item


def write(plan: dict[str, Any]) -> str:
    """The plan itself, in the default layout."""
    from buildrunner.spec.layout import dumps

    return dumps(plan)
