"""`br plan add|edit|move|split|merge|remove`: the plan's structure, every edit checked first."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal, usage
from buildrunner.cli.fields import additions, given_fields
from buildrunner.cli.subjects import entity_of
from buildrunner.spec import mutate
from buildrunner.spec.document import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.spec.document import Entity
    from buildrunner.workspace.editing import Edit

    Plan = dict[str, Any]
    Operations = list[dict[str, Any]]

_SHOWN = 40
_LONGEST = 80


def run_add(context: Context) -> int:
    """Add below PARENT: a step to a milestone, a microstep to a step; else a milestone."""
    arguments = context.arguments
    parent, title = arguments.text("PARENT") or "", arguments.required("TITLE")
    reserved = _reserved(context)

    def change(plan: Plan) -> Operations:
        above = entity_of(plan, parent).id if parent else ""
        return mutate.add_entity(
            plan,
            above,
            title=title,
            fields=given_fields(arguments),
            after=arguments.text("after"),
            first=arguments.flag("first"),
            identifier=arguments.text("id"),
            reserved=reserved,
        )

    made = edit_dated(context, change, f"plan add {parent} {title!r}".replace("  ", " "))
    value = made.operations[0]["value"]
    identifier = str(value["id"])
    report_edit(context, made, identifier)
    if "criteria" in value and not value["criteria"]:
        context.out.hint(
            f"br plan edit {identifier} --criterion 'what must be true'", "no criterion yet"
        )
    elif "criteria" not in value and not context.arguments.flag("dry-run"):
        context.out.hint(f"br plan add {identifier} TITLE", "fill it")
    return 0


def _reserved(context: Context) -> list[str]:
    """Ids of the last synced plan: a new entity must not take one that was just removed here."""
    base = context.workspace.base()
    return [entity.id for entity in walk(base)] if base else []


def run_edit(context: Context) -> int:
    """Set, add to and unset fields; without an ID those of the plan itself."""
    arguments = context.arguments
    identifier = arguments.text("ID") or ""
    renamed = arguments.text("rename")

    def change(plan: Plan) -> Operations:
        from buildrunner.spec.diff import apply

        entity = entity_of(plan, identifier) if identifier else None
        name = entity.id if entity is not None else ""
        value = entity.value if entity is not None else plan
        fields = additions(arguments, value)
        if arguments.text("title") is not None:
            fields["title"] = arguments.text("title")
        operations = mutate.edit_fields(plan, name, set=fields, unset=arguments.texts("unset"))
        if renamed is not None:
            after = apply(plan, operations)
            return operations + mutate.rename(after, name, renamed)
        return operations

    if not set(arguments.values) - {"ID", "as", "dry-run"}:
        raise usage("say what to change", next_command="br help plan edit")
    made = edit_dated(context, change, f"plan edit {identifier}".strip())
    report_edit(
        context, made, renamed or (entity_of(made.plan, identifier).id if identifier else "")
    )
    return 0


def run_move(context: Context) -> int:
    """Move an entity behind a sibling, to the front or end, or below another parent."""
    arguments = context.arguments
    identifier = arguments.required("ID")
    parent, after, first = arguments.text("to"), arguments.text("after"), arguments.flag("first")
    if parent is None and after is None and not first:
        raise usage("say where to: --to PARENT, --after ID or --first",
                    next_command="br help plan move")  # fmt: skip

    def change(plan: Plan) -> Operations:
        name = entity_of(plan, identifier).id
        renumber = arguments.flag("renumber")
        return mutate.move(plan, name, parent=parent, after=after, first=first, renumber=renumber)

    made = edit_dated(context, change, f"plan move {identifier}")
    report_edit(context, made, entity_of(made.plan, identifier).id)
    return 0


def run_split(context: Context) -> int:
    """Split a microstep by its criteria, or a step by its microsteps, into the parts named."""
    arguments = context.arguments
    identifier, titles = arguments.required("ID"), arguments.texts("TITLE")
    if len(titles) < 2:
        raise usage(
            "name every part: br plan split ID FIRST-TITLE SECOND-TITLE",
            next_command="br help plan split",
        )
    reserved = _reserved(context)

    def change(plan: Plan) -> Operations:
        entity = entity_of(plan, identifier)
        if entity.kind == "microstep":
            criteria = entity.value.get("criteria")
            count = len(criteria) if isinstance(criteria, list) else 0
            members: list[int | str] = list(range(count))
        else:
            members = [child.id for child in entity.children()]
        if len(members) < len(titles):
            raise _too_few(entity, len(members), len(titles))
        groups = _groups(arguments.texts("part"), members, len(titles), entity.kind)
        return mutate.split(plan, entity.id, titles=titles, groups=groups, reserved=reserved)

    made = edit_dated(context, change, f"plan split {identifier}")
    report_edit(context, made, entity_of(made.plan, identifier).id)
    return 0


def _too_few(entity: Entity, found: int, wanted: int) -> Refusal:
    """A split that has nothing to put into one of its parts."""
    small = entity.kind == "microstep"
    thing = ("criterion", "criteria") if small else ("microstep", "microsteps")
    return Refusal(
        "too_few_to_split",
        f"{entity.id} has {found} {thing[found != 1]}, too few for {wanted} parts",
        missing=[f"{wanted - found} more {thing[wanted - found != 1]}"],
        next_command=f"br plan edit {entity.id} --criterion 'what must be true'"
        if small
        else f"br plan add {entity.id} TITLE",
    )


def _groups(
    parts: list[str], members: list[int | str], count: int, kind: str
) -> list[list[int | str]]:
    """What each part gets: as `--part` says, else evenly and in order."""
    if not parts:
        size, more = divmod(len(members), count)
        starts = [place * size + min(place, more) for place in range(count)]
        return [members[at : at + size + (at < more * (size + 1))] for at in starts]
    if len(parts) != count:
        raise usage(f"{count} titles need {count} times --part; there are {len(parts)}")
    groups: list[list[int | str]] = []
    for part in parts:
        words = [word.strip() for word in part.split(",") if word.strip()]
        if kind != "microstep":
            groups.append(list(words))
            continue
        if not all(word.isascii() and word.isdigit() for word in words):
            raise usage(f"--part takes numbers of criteria, from 1: 1,3; not {part!r}")
        groups.append([int(word) - 1 for word in words])
    return groups


def run_merge(context: Context) -> int:
    """Merge microsteps, or steps, into the first one named."""
    arguments = context.arguments
    identifiers = [arguments.required("ID"), *arguments.texts("OTHER")]

    def change(plan: Plan) -> Operations:
        names = [entity_of(plan, identifier).id for identifier in identifiers]
        return mutate.merge_entities(plan, names, title=arguments.text("title"))

    made = edit_dated(context, change, f"plan merge {' '.join(identifiers)}")
    whole = entity_of(made.plan, identifiers[0])
    others = [entity_of(made.before, identifier) for identifier in identifiers[1:]]
    behind = [each for other in others for each in _left_behind(other, whole)]
    report_edit(context, made, whole.id, left_behind=behind)
    for each in behind:
        context.out.note(
            f"warning: {whole.id} keeps its own {each['field']}; that of {each['id']} was"
            f" {_short(each['value'])}"
        )
    return 0


def _left_behind(part: Entity, whole: Entity) -> list[dict[str, Any]]:
    """The values of a merged entity that are in no field of the whole: each field holds one."""
    reckoned = ("id", "title", "status", "depends_on", "aliases", "effort_points",
                "impact_score", "priority", "risk_level", "steps", "microsteps")  # fmt: skip
    return [
        {"id": part.id, "field": name, "value": value}
        for name, value in part.value.items()
        if name not in reckoned
        and whole.value.get(name) != value
        and not (isinstance(value, list) and isinstance(whole.value.get(name), list))
    ]


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def run_remove(context: Context) -> int:
    """Remove entities with what is below them; refused while others depend on them."""
    arguments = context.arguments
    identifiers = arguments.texts("ID")

    def change(plan: Plan) -> Operations:
        from buildrunner.spec.diff import apply
        from buildrunner.spec.ids import resolve

        operations: Operations = []
        names = [entity_of(plan, identifier).id for identifier in identifiers]
        for name in names:
            if resolve(plan, name) is None:
                continue  # it lay in one that is gone already
            step = mutate.remove(plan, name, cascade=arguments.flag("cascade"))
            plan = apply(plan, step)
            operations += step
        return operations

    made = edit_dated(context, change, f"plan remove {' '.join(identifiers)}")
    report_edit(context, made, "")
    return 0


def edit_dated(context: Context, change: Callable[[Plan], Operations], command: str) -> Edit:
    """Apply the edit; what it does to the structure also moves `updatedAt`, where there is one."""
    from buildrunner.workspace.editing import is_stamp, now

    def dated(plan: Plan) -> Operations:
        operations = change(plan)
        stamp, old = now(), plan.get("updatedAt")
        if operations and isinstance(old, str) and old != stamp:
            return [*operations, {"op": "set", "id": "", "field": "updatedAt", "value": stamp}]
        return operations

    dry_run = context.arguments.flag("dry-run")
    made = context.workspace.edit(dated, command=command, actor=context.actor(), dry_run=dry_run)
    made.operations = [each for each in made.operations if not is_stamp(each)]
    return made


def report_edit(context: Context, made: Edit, identifier: str, **more: Any) -> None:
    """Tell an edit: what was added, removed and changed, in words and operations."""
    from buildrunner.workspace.editing import described

    out, dry_run = context.out, context.arguments.flag("dry-run")
    words = described(made.operations, made.before, most=_SHOWN)
    added = [each["value"]["id"] for each in made.operations if each["op"] == "add"]
    out.emit(
        {
            "id": identifier or None,
            "added": added,
            "removed": [each["id"] for each in made.operations if each["op"] == "remove"],
            "changed": bool(made.operations),
            "dry_run": dry_run,
            "operations": made.operations,
            "words": words,
            **more,
        }
    )
    for line in words:
        out.data(line)
    if not made.operations:
        out.note("nothing to change: it is so already")
    elif dry_run:
        out.note("nothing was written")
