"""`br start`, `done`, `block`, `todo`: a microstep's way, with its lease."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal, usage
from buildrunner.cli.layout import flat
from buildrunner.cli.relations import needs_of
from buildrunner.cli.subjects import microstep_of
from buildrunner.cli.taking import check_holder, give_back, take
from buildrunner.workspace import claims

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.document import Entity
    from buildrunner.workspace.editing import Edit

    Plan = dict[str, Any]

REASON = "blocked_reason"


def run_start(context: Context) -> int:
    """Take the lease and set the status to doing."""
    out = context.out
    _, plan = context.workspace.read()
    entity = microstep_of(plan, context.arguments.required("ID"))
    _refuse_restart(context, entity)
    waits = unfinished(plan, entity)
    if context.arguments.flag("dry-run"):
        made = begin(context, entity.id, dry_run=True)
        return _report(context, made, [entity.id], {"claim": None, "unfinished": waits})
    lease = take(context, entity.id, renew=entity.value.get("status", "todo") != "doing")
    try:
        made = begin(context, entity.id)
    except BaseException:
        give_back(context, entity.id)
        raise
    if waits:
        out.note(f"warning: {entity.id} depends on {', '.join(waits)}, which is not done")
    code = _report(context, made, [entity.id], {"claim": lease, "unfinished": waits})
    out.note(f"held by {lease['holder']} until {lease['expires_at']}")
    out.hint(f"br done {entity.id}", "when every criterion holds")
    return code


def _refuse_restart(context: Context, entity: Entity) -> None:
    status = entity.value.get("status", "todo")
    if status == "done":
        raise Refusal(
            "already_done",
            f"{entity.id} is done",
            hint="put it back first if it has to be done again",
            next_command=f"br todo {entity.id}",
        )
    held = claims.active(context.workspace).get(entity.id)
    if status == "doing" and held is not None and not context.named_actor():
        raise claims.held_error(entity.id, held, context.actor())


def begin(context: Context, identifier: str, *, dry_run: bool = False) -> Edit:
    """Set a microstep to doing, if nobody has finished it meanwhile."""

    def change(plan: Plan) -> list[dict[str, Any]]:
        entity = microstep_of(plan, identifier)
        if entity.value.get("status") == "done":
            raise Refusal("already_done", f"{identifier} was finished meanwhile")
        return status_operations(entity, "doing")

    return _edit(context, change, f"start {identifier}", dry_run=dry_run)


def _edit(context: Context, change: Any, command: str, *, dry_run: bool) -> Edit:
    return context.workspace.edit(change, command=command, actor=context.actor(), dry_run=dry_run)


def status_operations(
    entity: Entity, status: str, reason: str | None = None
) -> list[dict[str, Any]]:
    """What sets a microstep's status; the reason of a block goes when the block does."""
    operations: list[dict[str, Any]] = []
    if entity.value.get("status") != status:
        operations.append({"op": "set", "id": entity.id, "field": "status", "value": status})
    if reason is not None and entity.value.get(REASON) != reason:
        operations.append({"op": "set", "id": entity.id, "field": REASON, "value": reason})
    elif reason is None and REASON in entity.value:
        operations.append({"op": "unset", "id": entity.id, "field": REASON})
    return operations


def unfinished(plan: Plan, entity: Entity) -> list[str]:
    """The ids an entity, its step and its milestone depend on and that are not done."""
    waits: list[str] = []
    at: Entity | None = entity
    while at is not None and at.kind != "root":
        waits += [need["id"] for need in needs_of(plan, at) if need["status"] != "done"]
        at = at.above
    return list(dict.fromkeys(waits))


def run_done(context: Context) -> int:
    """Set microsteps to done, in the order given, if all they depend on is done."""
    identifiers = context.arguments.texts("ID")

    def change(plan: Plan) -> list[dict[str, Any]]:
        from buildrunner.spec.diff import apply

        operations: list[dict[str, Any]] = []
        for identifier in identifiers:
            entity = microstep_of(plan, identifier)
            check_holder(context, entity.id)
            if entity.value.get("status") == "done":
                continue
            waits = unfinished(plan, entity)
            if waits:
                raise _unfinished(plan, entity, waits)
            step = status_operations(entity, "done")
            plan = apply(plan, step)
            operations += step
        return operations

    return _finish(context, change, "done", identifiers)


def _unfinished(plan: Plan, entity: Entity, waits: list[str]) -> Refusal:
    """The refusal to finish before what is depended on, with the root cause as the next thing."""
    from buildrunner.spec.graph import Graph
    from buildrunner.spec.ids import resolve

    chains = Graph(plan).blocked_by(entity.id, limit=1)
    cause = chains[0][-1] if chains else waits[0]
    found = resolve(plan, cause)
    if found is None:
        command = f"br plan edit {entity.id} --set depends_on=[]"
    elif found.value.get("status") == "doing":
        command = f"br done {cause}"
    else:
        command = f"br start {cause}"
    verb = "is" if len(waits) == 1 else "are"
    return Refusal(
        "dependencies_unfinished",
        f"{entity.id} cannot be done: it depends on {', '.join(waits)}, which {verb} not done",
        missing=waits,
        next_command=command,
    )


def run_todo(context: Context) -> int:
    """Put microsteps back to todo."""
    identifiers = context.arguments.texts("ID")

    def change(plan: Plan) -> list[dict[str, Any]]:
        operations: list[dict[str, Any]] = []
        for identifier in identifiers:
            entity = microstep_of(plan, identifier)
            check_holder(context, entity.id)
            operations += status_operations(entity, "todo")
        return operations

    return _finish(context, change, "todo", identifiers)


def run_block(context: Context) -> int:
    """Set a microstep to blocked and say why."""
    arguments = context.arguments
    identifier = arguments.required("ID")
    reason = (arguments.text("reason") or arguments.text("REASON") or "").strip()
    if not reason:
        raise usage(
            "say what it waits for: br block ID REASON",
            next_command=f"br block {identifier} 'waiting for …'",
            code="reason_missing",
        )

    def change(plan: Plan) -> list[dict[str, Any]]:
        entity = microstep_of(plan, identifier)
        check_holder(context, entity.id)
        if entity.value.get("status") == "done":
            raise Refusal(
                "already_done", f"{entity.id} is done", next_command=f"br todo {entity.id}"
            )
        return status_operations(entity, "blocked", reason)

    return _finish(context, change, "block", [identifier])


def _finish(context: Context, change: Any, verb: str, identifiers: list[str]) -> int:
    """Edit, give the leases back, report what became ready."""
    dry_run = context.arguments.flag("dry-run")
    made = _edit(context, change, f"{verb} {' '.join(identifiers)}", dry_run=dry_run)
    names = [microstep_of(made.plan, identifier).id for identifier in identifiers]
    if not dry_run:
        for name in names:
            give_back(context, name)
    return _report(context, made, names, {"warnings": made.unproven} if verb == "done" else {})


def _report(context: Context, made: Edit, names: list[str], more: dict[str, Any]) -> int:
    from buildrunner.spec.graph import Graph

    out, dry_run = context.out, context.arguments.flag("dry-run")
    before = {name: microstep_of(made.before, name).value.get("status", "todo") for name in names}
    rows = []
    for name in names:
        value = microstep_of(made.plan, name).value
        status = value.get("status", "todo")
        rows.append(
            {"id": name, "title": value.get("title"), "from": before[name], "status": status}
        )
        same = "   (it was already)" if not made.operations else ""
        out.data(f"{out.glyph(status)} {name}  {flat(value.get('title'))}{out.paint(same, 'dim')}")
    was_ready = {entity.id for entity in Graph(made.before).ready()} if made.operations else set()
    now_ready = [e.id for e in Graph(made.plan).ready()] if made.operations else []
    unblocked = [name for name in now_ready if name not in was_ready and name not in names]
    if made.unproven:
        from buildrunner.workspace.proving import flat_texts

        for line in flat_texts(made.unproven):
            out.note(f"warning: unproven: {line}")
    out.emit(
        {
            "microsteps": rows,
            "changed": bool(made.operations),
            "dry_run": dry_run,
            "operations": made.operations,
            "unblocked": unblocked,
            **more,
        }
    )
    if dry_run:
        out.note("nothing was written")
    elif unblocked:
        out.note(f"ready now: {', '.join(unblocked[:5])}")
    return 0
