"""Which plans may be stored: those that every reader and every merge can work with.

Errors of structure are refused: syntax, schema, identifiers, dependencies. What the lint knows of
content is advice, which `br lint` gives and the server does not enforce.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from buildrunner.server.domains.plans.errors import PlanInvalid
from buildrunner.server.domains.plans.rules import documents, limits
from buildrunner.server.domains.plans.rules.independence import added_entities
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec import schema
from buildrunner.spec.document import loads, walk
from buildrunner.spec.errors import PlanSyntaxError
from buildrunner.spec.lint import ERROR, lint

# Codes below are about syntax, schema, identity and references; the rest is about content.
_CONTENT = "BR400"
# A merge of two additions under one id leaves that id in use and among the other's aliases.
_BORNE = frozenset({"BR303"})
# Edits of other fields cannot change which entities there are and what depends on what.
_STRUCTURAL_FIELDS = frozenset({"depends_on", "milestones", "steps", "microsteps"})


def read_document(data: bytes) -> Plan:
    """The plan in a client's JSON text; raises PlanInvalid with line and column, and TooLarge."""
    limits.check_size(data)
    try:
        plan: Plan = loads(data)
    except PlanSyntaxError:
        raise PlanInvalid(_findings(data, lines=True)) from None
    limits.check_depth(plan, "the plan")
    return plan


def check_document(plan: Plan, *, source: bytes | None = None) -> None:
    """Refuse a whole document that may not be stored; raises PlanInvalid with the findings.

    The document has a hash already, so it is JSON through and through. `source` is the text that
    the client sent, so that findings carry its lines.
    """
    data = source if source is not None else documents.encode(plan)
    if limits.holds_nul(data):
        raise PlanInvalid([_nul()])
    if not (_schema_holds(plan) and _structure_holds(plan) and _good_ids(plan)):
        _refuse(_findings(data, lines=source is not None) + _bad_ids(plan))


def check_change(plan: Plan, operations: Sequence[Operation], *, text: Callable[[], bytes]) -> None:
    """Refuse what operations made of a plan that was valid before them.

    `plan` may be an excerpt that holds all that the operations touched; `text` gives the whole.
    """
    if limits.holds_nul(documents.encode(operations)):
        raise PlanInvalid([_nul()])
    if not _schema_holds(plan):
        _refuse(_findings(text(), lines=False))
    if not _structural(operations):
        return
    added = [
        entity
        for operation in operations
        if operation["op"] == "add"
        for entity in added_entities(operation["value"])
    ]
    suspects = {str(entity["id"]) for entity in added if "depends_on" in entity}
    suspects |= {
        operation["id"]
        for operation in operations
        if operation["op"] == "move" or operation.get("field") == "depends_on"
    }
    if not all(limits.good_id(entity["id"]) for entity in added):
        _refuse(_bad_ids(plan))
    if not _structure_holds(plan, suspects):
        _refuse(_findings(text(), lines=False))


def _refuse(findings: list[dict[str, Any]]) -> None:
    if findings:
        raise PlanInvalid(findings)


def _schema_holds(plan: Plan) -> bool:
    try:
        return schema.is_valid(plan)
    except UnicodeEncodeError:
        return False


def _structure_holds(plan: Plan, suspects: Collection[str] | None = None) -> bool:
    """Ids unique, dependencies known and without a circle; the plan keeps to the schema.

    With `suspects`, a circle is looked for through these entities only. False only means that
    the lint has to look closer: it alone decides what is an error. It has to, for one, where
    steps and milestones wait or are waited for, since they also wait for what they hold.
    """
    ids: list[str] = []
    containers: set[str] = set()
    needs: dict[str, list[str]] = {}
    level = plan["milestones"]
    for below in ("steps", "microsteps", ""):
        following: list[Plan] = []
        for entity in level:
            ids.append(entity["id"])
            if "depends_on" in entity:
                needs[entity["id"]] = entity["depends_on"]
            if below:
                containers.add(entity["id"])
                following.extend(entity.get(below) or ())
        level = following
    known = set(ids)
    if len(known) < len(ids):
        return False
    if not all(known.issuperset(names) for names in needs.values()):
        return False
    starts = needs.keys() if suspects is None else suspects
    if starts and not all(containers.isdisjoint([name, *names]) for name, names in needs.items()):
        return False
    return not _circular(needs, starts)


def _circular(needs: dict[str, list[str]], starts: Collection[str]) -> bool:
    """Whether a way along dependencies leads from one of the starts into a circle."""
    done: set[str] = set()
    for start in starts:
        on_way: dict[str, Iterator[str]] = {}
        if start not in done:
            on_way[start] = iter(needs.get(start, ()))
        while on_way:
            here, following = next(reversed(on_way.items()))
            for name in following:
                if name in on_way:
                    return True
                if name not in done:
                    on_way[name] = iter(needs.get(name, ()))
                    break
            else:
                del on_way[here]
                done.add(here)
    return False


def _good_ids(plan: Plan) -> bool:
    return all(limits.good_id(entity.id) for entity in walk(plan))


def _structural(operations: Sequence[Operation]) -> bool:
    return any(
        operation["op"] in ("add", "remove", "move") or operation["field"] in _STRUCTURAL_FIELDS
        for operation in operations
    )


def _findings(data: bytes, *, lines: bool) -> list[dict[str, Any]]:
    """The lint's errors of structure. Lines are left out where the text is not the client's own."""
    found = [
        item.as_dict()
        for item in lint(data)
        if item.severity == ERROR and item.code < _CONTENT and item.code not in _BORNE
    ]
    if not lines:
        for item in found:
            item["line"] = item["column"] = None
    return found


def _bad_ids(plan: Plan) -> list[dict[str, Any]]:
    """Ids that the lint lets pass and that no address, event or page could carry."""
    return [
        documents.finding(
            "bad_id",
            f"the id {entity.id[: limits.MAX_ID]!r} is empty, too long or not printable",
            pointer=entity.pointer,
            hint=f"an id has 1 to {limits.MAX_ID} printable characters",
        )
        for entity in walk(plan)
        if not limits.good_id(entity.id)
    ]


def _nul() -> dict[str, Any]:
    return documents.finding(
        "nul_character",
        "a text holds the character U+0000, which no database can store",
        hint="remove it",
    )
