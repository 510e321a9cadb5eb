"""`br rescope`: propose a change of what is planned, see what it does, apply it or leave it."""

from __future__ import annotations

from buildrunner.cli.commands.structure import edit_dated
from buildrunner.cli.context import Context
from buildrunner.cli.errors import REFUSED, Refusal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.rescope import Proposal

    Plan = dict[str, Any]

_SHOWN = 40


def run_rescope(context: Context) -> int:
    """Tell what an instruction would do; with --apply do it, as one entry of the journal."""
    from buildrunner.spec.document import walk
    from buildrunner.spec.rescope import propose

    arguments = context.arguments
    instruction = arguments.required("TEXT")
    if arguments.flag("apply") and arguments.flag("dry-run"):
        raise usage("--apply changes the plan and --dry-run does not: choose one")
    _, before = context.workspace.read()
    base = context.workspace.base()
    reserved = [entity.id for entity in walk(base)] if base else []
    made = _asked(lambda plan: propose(plan, instruction=instruction, proven=_proven(context), reserved=reserved), before)  # fmt: skip
    if arguments.flag("apply"):
        if not made.ready:
            raise _unready(made)

        def change(plan: Plan) -> list[dict[str, Any]]:
            again = propose(plan, instruction=instruction, reserved=reserved)
            return again.operations

        edit_dated(context, change, f"rescope {instruction[:80]!r}")
    _tell(context, made, before, applied=arguments.flag("apply"))
    return 0 if made.ready else REFUSED


def _asked(make: Any, plan: Plan) -> Proposal:
    """What is ambiguous is asked, with instructions that are not."""
    from buildrunner.spec.rescope_words import Unclear

    try:
        made: Proposal = make(plan)
    except Unclear as question:
        first = question.choices[0]["instruction"] if question.choices else ""
        raise Refusal(
            "instruction_unclear",
            f"{question.message}. What is meant?",
            missing=[f"{one['instruction']} ({one['words']})" for one in question.choices],
            next_command=f'br rescope "{first}"' if first else "br list",
            extra={"choices": question.choices},
        ) from None
    return made


def _proven(context: Context) -> list[str]:
    """Microsteps with a record of evidence in this repository."""
    from buildrunner.workspace.evidence import read_all

    return sorted({str(one["microstep"]) for one in read_all(context.workspace).records})


def _unready(made: Proposal) -> Refusal:
    problems = [text for check in made.precheck["checks"] for text in check["problems"]]
    return Refusal(
        "rescope_unready",
        "nothing was changed: the plan would not be whole",
        missing=problems,
        next_command="br lint",
    )


def _tell(context: Context, made: Proposal, before: Plan, *, applied: bool) -> None:
    out, impact = context.out, made.impact
    words = made.words(before)
    out.emit(
        {
            "applied": applied,
            "acts": made.acts,
            "reasons": made.reasons,
            "operations": made.operations,
            "words": words,
            "impact": impact,
            "precheck": made.precheck,
        }
    )
    for line in words[:_SHOWN]:
        out.data(line)
    if len(words) > _SHOWN:
        out.data(f"… and {len(words) - _SHOWN} more")
    for reason in made.reasons[:_SHOWN]:
        out.note(f"why: {reason}")
    effort, path = impact["effort"], impact["critical_path"]
    out.note(f"open effort {effort['before']:g} → {effort['after']:g} points")
    if path["before"] and path["after"]:
        out.note(f"critical path {path['before']['effort']:g} → {path['after']['effort']:g} points")
    if impact["criteria_removed"] or impact["criteria_added"]:
        out.note(
            f"criteria: {impact['criteria_removed']} removed, {impact['criteria_added']} added"
        )
    for name, what in (
        ("evidence", "evidence that no longer counts"),
        ("done", "done and touched"),
        ("dependants", "waits for what changes"),
    ):
        if impact[name]:
            out.note(f"{what}: {', '.join(impact[name][:8])}")
    for check in made.precheck["checks"]:
        for problem in check["problems"][:5]:
            out.note(f"broken: {check['title'].lower()}: {problem}")
    if applied:
        out.hint("br undo", "take it back")
    elif made.ready:
        out.hint("br rescope … --apply", "nothing has changed yet")
