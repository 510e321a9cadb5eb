"""`br list` and `br show`: the microsteps, one a line, and everything about one entity."""

from __future__ import annotations

from buildrunner.cli.errors import usage
from buildrunner.cli.layout import clip, flat, pad, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.arguments import Arguments
    from buildrunner.cli.context import Context
    from buildrunner.cli.output import Output
    from buildrunner.spec.document import Entity

# Order and headings of what `show` prints; other fields follow in the plan's own order.
_FIRST = ("owner", "priority", "effort_points", "impact_score", "risk_level", "phase")
_LISTS = ("criteria", "demo_script", "links", "checks")


def run_list(context: Context) -> int:
    """Print the microsteps that pass every filter."""
    from buildrunner.cli.rows import row_of, rows
    from buildrunner.cli.subjects import entity_of

    arguments, out = context.arguments, context.out
    _, plan = context.workspace.read()
    scope = arguments.text("milestone") or arguments.text("ID")
    if arguments.text("milestone") and arguments.text("ID"):
        raise usage("name either ID or --milestone", next_command="br help list")
    inside = entity_of(plan, scope) if scope else None
    found = _wanted(rows(plan, inside), arguments)
    if arguments.flag("ready") or arguments.flag("waiting"):
        found = _by_readiness(plan, found, arguments)
    limit = arguments.number("limit", 0)
    shown = found[:limit] if limit else found
    claims = _claims(context)
    if out.json:
        out.emit({"count": len(found), "microsteps": [row_of(each, claims) for each in shown]})
    else:
        print_rows(out, shown, claims)
    if len(shown) < len(found):
        out.note(f"{len(found) - len(shown)} more; see them with a larger --limit")
    elif not found:
        out.note("no microstep matches")
    return 0


def _claims(context: Context) -> dict[str, dict[str, Any]]:
    from buildrunner.workspace.claims import active

    return active(context.workspace)


def _wanted(entities: list[Entity], arguments: Arguments) -> list[Entity]:
    """Those that pass the filters on fields."""
    for field in ("status", "priority"):
        if chosen := _split(arguments.texts(field)):
            entities = [each for each in entities if str(each.value.get(field)) in chosen]
    owner = arguments.text("owner")
    if owner is not None:
        part = owner.lower()
        entities = [each for each in entities if part in flat(each.value.get("owner")).lower()]
    search = arguments.text("search")
    if search is not None:
        part = search.lower()
        entities = [each for each in entities if part in _words(each)]
    return entities


def _words(entity: Entity) -> str:
    criteria = entity.value.get("criteria")
    words = [entity.id, entity.value.get("title")]
    words += criteria if isinstance(criteria, list) else ()
    return "\n".join(map(str, words)).lower()


def _split(values: list[str]) -> set[str]:
    return {each for value in values for each in value.split(",")}


def _by_readiness(plan: dict[str, Any], found: list[Entity], arguments: Arguments) -> list[Entity]:
    from buildrunner.spec.graph import Graph

    ready = {entity.id for entity in Graph(plan).ready()}
    if arguments.flag("ready"):
        return [entity for entity in found if entity.id in ready]
    return [e for e in found if e.id not in ready and e.value.get("status") == "todo"]


def print_rows(
    out: Output, entities: list[Entity], claims: dict[str, dict[str, Any]] | None = None
) -> None:
    """A table: glyph, id, status, priority, effort, title, owner; one record a line."""
    if not entities:
        return
    ids = max(width_of(entity.id) for entity in entities)
    lines = []
    for entity in entities:
        value = entity.value
        status = flat(value.get("status")) or "-"
        priority = flat(value.get("priority")) or "-"
        effort = flat(value.get("effort_points")) or "-"
        holder = (claims or {}).get(entity.id, {}).get("holder")
        owner = f"  {holder} holds it" if holder else f"  {flat(value.get('owner'))}".rstrip()
        head = f"{pad(entity.id, ids)}  {pad(status, 7)}  {pad(priority, 2)} {effort:>3}  "
        room = out.width - width_of(head) - width_of(owner) - 2
        title = flat(value.get("title"))
        if out.tty:
            title = clip(title, max(room, 16), out.pick("…", "..."))
        lines.append(f"{out.glyph(status)} {head}{title}{out.paint(owner, 'dim')}")
    out.data("\n".join(lines))


def run_show(context: Context) -> int:
    """Print one entity with what it waits for and what waits for it."""
    from buildrunner.cli.relations import relations
    from buildrunner.cli.subjects import entity_of

    out = context.out
    _, plan = context.workspace.read()
    entity = entity_of(plan, context.arguments.required("ID"))
    related = relations(plan, entity)
    claim = _claims(context).get(entity.id)
    proof = _proof(context, plan, entity) if entity.kind == "microstep" else None
    out.emit(
        {
            "kind": entity.kind,
            "id": entity.id,
            "parent": entity.parent or None,
            "pointer": entity.pointer,
            "entity": entity.value,
            "claim": claim,
            "proof": proof,
            **related.as_dict(),
        }
    )
    if out.json:
        return 0
    value = entity.value
    status = value.get("status")
    title = out.paint(flat(value.get("title")) or entity.id, "bold")
    sign = f"{out.glyph(status)} " if entity.kind == "microstep" else ""
    out.data(f"{sign}{out.paint(entity.id, 'cyan')}  {title}")
    if entity.above is not None and entity.above.id:
        out.data(_line("in", f"{entity.parent}  {entity.above.value.get('title') or ''}"))
    if entity.kind == "microstep":
        label = f", {proof['label']}" if proof and status == "done" else ""
        out.data(_line("status", f"{status}{label}{_held(claim)}"))
    _fields(out, value, proof)
    if entity.kind != "microstep":
        _children(out, entity)
    related.show(out)
    return 0


def _held(claim: dict[str, Any] | None) -> str:
    return f", held by {claim['holder']} until {claim['expires_at']}" if claim else ""


def _line(label: str, text: Any) -> str:
    return f"  {label:<14}{text}"


def _proof(context: Context, plan: dict[str, Any], entity: Entity) -> dict[str, Any]:
    """Label and criteria of the proof; without any evidence no criterion is looked at."""
    from buildrunner.workspace.errors import WorkspaceError
    from buildrunner.workspace.proven import proof_of

    try:
        proof = proof_of(context.workspace, plan, entity)
    except WorkspaceError as error:
        context.out.note(f"warning: nothing counts as proven: {error.message}")
        proof = None
    if proof is None:
        return {"label": "unproven", "criteria": []}
    return {"label": proof.label, "criteria": [each.as_dict() for each in proof.criteria]}


def _fields(out: Output, value: dict[str, Any], proof: dict[str, Any] | None) -> None:
    import json

    hidden = {"id", "title", "status", "depends_on", "steps", "microsteps", *_LISTS}
    names = [name for name in _FIRST if name in value]
    names += [name for name in value if name not in hidden and name not in names]
    for name in names:
        given = value[name]
        text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        out.data(_line(name, text))
    for name in _LISTS:
        items = value.get(name)
        if isinstance(items, list) and items:
            out.data(f"  {name}")
            marks = proof["criteria"] if proof and name == "criteria" else []
            for place, item in enumerate(items):
                text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
                mark = _mark(out, marks[place]) if place < len(marks) else ""
                out.data(f"    - {text}{mark}")


def _mark(out: Output, criterion: dict[str, Any]) -> str:
    """What is known of a criterion, behind its text."""
    state = criterion["state"].replace("_", "-")
    color = "green" if state in ("passed", "signed-off") else "yellow"
    words = "" if state == "passed" else f": {flat(criterion['reason'])}"
    return f"  {out.paint(f'({state}{words})', color)}"


def _children(out: Output, entity: Entity) -> None:
    for child in entity.children():
        if child.kind == "microstep":
            out.data(
                f"  {out.glyph(child.value.get('status'))} {child.id}  {child.value.get('title')}"
            )
            continue
        below = child.children()
        done = sum(1 for each in below if each.value.get("status") == "done")
        out.data(f"    {child.id}  {child.value.get('title')}  {done}/{len(below)}")
