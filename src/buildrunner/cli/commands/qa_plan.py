"""`br qa add` and `br qa trust`: writing checks down, and agreeing that they may run here."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.cli.checking import inside
from buildrunner.cli.context import Context
from buildrunner.cli.criteria import criterion_number
from buildrunner.cli.errors import OK, Refusal, usage
from buildrunner.cli.layout import flat
from buildrunner.cli.subjects import entity_of
from buildrunner.evidence.checks import KINDS, Check, checks_in
from buildrunner.spec import checking, mutate
from buildrunner.spec.document import Entity, microsteps
from buildrunner.spec.findings import MENDS, RULES
from buildrunner.workspace.content import Content
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.trust import Trust, agree, runs

Plan = dict[str, Any]
_TEXTS = {"run": "run", "url": "url", "file": "path", "report": "report", "cwd": "cwd"}


def run_add(context: Context) -> int:
    """Add a check to a microstep or step; what is typed here is trusted here."""
    arguments, out = context.arguments, context.out
    identifier = arguments.required("ID")
    made: list[Check] = []

    def change(plan: Plan) -> list[dict[str, Any]]:
        entity = entity_of(plan, identifier)
        if entity.kind == "milestone":
            raise usage("checks stand in a microstep or in its step",
                        next_command=f"br list {entity.id}")  # fmt: skip
        fields, definitions = _wanted(context, entity)
        declared = entity.value.get("checks")
        checks = list(declared) if isinstance(declared, list) else []
        for definition in definitions:
            checks.append(definition)
            _refuse_flawed(entity, {**fields, "checks": checks})
        made[:] = [Check(definition, entity.id) for definition in definitions]
        return mutate.edit_fields(plan, entity.id, set={**fields, "checks": checks})

    dry_run = arguments.flag("dry-run")
    done = context.workspace.edit(
        change, command=f"qa add {identifier}", actor=context.actor(), dry_run=dry_run
    )
    if not dry_run:
        agree(context.workspace, made, by=context.actor())
    out.emit(
        {
            "id": made[0].origin,
            "checks": [check.definition for check in made],
            "digests": [check.digest for check in made],
            "files": [_matched(context, check) for check in made],
            "dry_run": dry_run,
            "operations": done.operations,
        }
    )
    for check in made:
        _say(context, check)
    if dry_run:
        out.note("nothing was written")
    elif all(check.kind == "manual" for check in made):
        out.hint(f"br qa signoff {made[0].origin}")
    else:
        out.hint(f"br qa run {made[0].origin}")
    return OK


def _wanted(context: Context, entity: Entity) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(fields to set beside the checks, checks to add)."""
    if context.arguments.text("template") is None:
        return {}, [_definition(context, entity)]
    from buildrunner.cli.from_template import filled

    criteria, checks = filled(context.arguments, entity)
    return {"criteria": criteria}, checks


def _say(context: Context, check: Check) -> None:
    where = "every criterion" if check.criterion is None else f"criterion {check.criterion}"
    context.out.data(f"check {check.id} of {check.origin} proves {where}")
    if check.kind == "manual":
        return
    if not check.paths:
        context.out.note("without --path every change in the repository makes its evidence stale")
    elif not _matched(context, check):
        context.out.note(f"warning: no file is under {' '.join(check.paths)} now")


def _definition(context: Context, entity: Entity) -> dict[str, Any]:
    arguments = context.arguments
    kind = arguments.text("kind") or _guessed(context)
    definition: dict[str, Any] = {"id": arguments.text("name") or _free_id(entity, kind)}
    if (number := arguments.text("criterion")) is not None:
        definition["criterion"] = _number(number, entity)
    definition["kind"] = kind
    for option, member in _TEXTS.items():
        if (value := arguments.text(option)) is not None:
            definition[member] = value
    if arguments.text("timeout") is not None:
        definition["timeout"] = arguments.seconds("timeout", 600, checking.LONGEST)
    if paths := arguments.texts("path"):
        definition["paths"] = list(dict.fromkeys(paths))
    if names := arguments.texts("env"):
        definition["env"] = list(dict.fromkeys(names))
    if expected := _expected(arguments.texts("expect")):
        definition["expect"] = expected
    return definition


def _number(text: str, entity: Entity) -> int:
    if entity.kind == "step":
        if text.isascii() and text.isdigit() and len(text) < 6:
            return int(text)
        raise usage(f"--criterion takes an index from 0, not {text!r}")
    return criterion_number(text, entity)


def _guessed(context: Context) -> str:
    """The kind that the members given belong to."""
    arguments = context.arguments
    for option, kind in (("url", "http"), ("file", "file"), ("run", "command")):
        if arguments.text(option) is not None and arguments.text("report") is None:
            return kind
    raise usage(f"say the --kind of check: {', '.join(KINDS)}", next_command="br help qa add")


def _free_id(entity: Entity, kind: str) -> str:
    taken = {check.id for check in checks_in(entity)}
    for child in entity.children():
        taken.update(check.id for check in checks_in(child))
    number, name = 1, kind
    while name in taken:
        number += 1
        name = f"{kind}-{number}"
    return name


def _expected(given: list[str]) -> dict[str, Any]:
    """`exit=0`, `regex=…`, `status=200`, `$.items[0].name=x` as the member `expect`."""
    expected: dict[str, Any] = {}
    for assignment in given:
        # A JSON path may hold "=" only between quotes; the value begins after the last of them.
        name, sign, text = assignment.partition("=")
        if not sign or not name:
            raise usage(
                f"--expect takes KEY=VALUE, such as exit=0 or $.ok=true, not {assignment!r}"
            )
        value = text if name in ("regex", "not_regex") else _json(text)
        if name.startswith("$"):
            expected.setdefault("json", {})[name] = value
        else:
            expected[name] = value
    return expected


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _refuse_flawed(entity: Entity, fields: dict[str, Any]) -> None:
    """Refuse what lint would call an error in the last of the checks."""
    value, checks = {**entity.value, **fields}, fields["checks"]
    last = f"/checks/{len(checks) - 1}"
    found: list[tuple[str, str]] = []

    class Report:
        def __call__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
            new = pointer.startswith(last) or (code == "BR410" and "/microsteps/" in pointer)
            if new and RULES[code][0] == "error":
                found.append((message, hint or MENDS[code]))

        def wants(self, code: str) -> bool:
            return bool(code)

    checking.look(value, "", Report())
    above = (
        entity.above.value.get("checks") if entity.kind == "microstep" and entity.above else None
    )
    names = [each.get("id") for each in above or () if isinstance(each, dict)]
    if checks[-1]["id"] in names:
        found.append((f"the step has a check {checks[-1]['id']!r} too", MENDS["BR410"]))
    if found:
        raise Refusal("bad_check", found[0][0], hint=found[0][1], next_command="br help qa add",
                      exit_code=2)  # fmt: skip


def _matched(context: Context, check: Check) -> int | None:
    if not check.paths:
        return None
    try:
        return len(Content(context.workspace).names(check.paths))
    except WorkspaceError:
        return 0


def run_trust(context: Context) -> int:
    """Let checks run here that are not in HEAD; without an ID list them."""
    workspace, out = context.workspace, context.out
    _, plan = workspace.read()
    identifiers = context.arguments.texts("ID")
    everything = context.arguments.flag("all")
    entities = inside(plan, identifiers) if identifiers else list(microsteps(plan))
    trust = Trust(workspace)
    waiting: dict[str, Check] = {}
    for entity in entities:
        for check in checks_in(entity):
            if check.digest and not trust.covers(check):
                waiting.setdefault(check.digest, check)
    checks = list(waiting.values())
    agreed = bool(identifiers) or everything
    if agreed:
        agree(workspace, checks, by=context.actor())
    rows = [
        {"id": check.id, "origin": check.origin, "kind": check.kind, "digest": check.digest,
         "definition": check.definition, "trusted": agreed}
        for check in checks
    ]  # fmt: skip
    out.emit({"checks": rows})
    for check in checks:
        word = out.paint("trusted" if agreed else "waits  ", "green" if agreed else "yellow")
        out.data(f"{word}  {check.origin} {check.id}  {_doing(check)}")
    if not checks:
        out.note("every check here is trusted")
    elif not agreed:
        out.note("these came from elsewhere and have not run here; read them first")
        out.hint("br qa trust --all", "or name ids")
    return OK


def _doing(check: Check) -> str:
    what = check.definition.get("run") or check.definition.get("url")
    if isinstance(what, str):
        return f"{check.kind}: {flat(what)}"
    return check.kind if not runs(check) else flat(json.dumps(check.definition))
