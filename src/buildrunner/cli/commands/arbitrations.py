"""`br models arbitrations`: two models side by side, and what came of it."""

from __future__ import annotations

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import Arbitration

_WAITS = "awaiting_decision"


def run(context: Context) -> int:
    """All of the project, newest first, or one with both answers."""
    wanted = context.arguments.text("ID")
    return _one(context, wanted) if wanted else _all(context)


def _all(context: Context) -> int:
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    limit = arguments.number("limit", 20)
    status = _WAITS if arguments.flag("waiting") else None
    found: list[Arbitration] = []
    with connect(context.settings) as client:
        for one in client.models.arbitrations(link.project_id, status=status):
            if len(found) == limit:
                break
            found.append(one)
    out.emit({"arbitrations": msgspec.to_builtins(found)})
    for one in found:
        place = f" {one.microstep_id}" if one.microstep_id else ""
        out.data(
            f"{one.created_at[:16].replace('T', ' ')}  {one.task_type}{place}  {_state(context, one)}"
            f"  {one.cost or '?'} USD"
        )
        out.data(f"  {one.id}  {flat(one.rationale)}")
    waiting = [one for one in found if one.status == _WAITS]
    if waiting:
        out.hint(f"br models arbitrations {waiting[0].id}", "both answers")
    if not found and status is None:
        out.note("no two models were compared yet")
        out.hint("br models settings planner --dual on --multiplier 5", "let two models answer")
    return 0


def _one(context: Context, wanted: str) -> int:
    out, link = context.out, link_of(context.workspace)
    with connect(context.settings) as client:
        one = client.models.arbitration(wanted, link.project_id)
    if one.project_id != link.project_id:
        raise Refusal("arbitration_absent", f"{wanted} is no arbitration of this project")
    out.emit({"arbitration": msgspec.to_builtins(one)})
    out.data(f"{one.task_type}  {_state(context, one)}  {one.cost or '?'} USD")
    out.data(f"  {flat(one.rationale)}")
    if one.decided_by:
        out.data(f"  {flat(one.decided_by['name'])}: {flat(one.decided_reason)}")
    for answer in one.candidates:
        name = "" if answer.model is None else f"  {answer.model}"
        mark = "" if answer.quality_score is None else f"  marked {answer.quality_score}"
        taken = "  taken" if answer.label == one.winner else ""
        out.data(out.paint(f"answer {answer.label}", "bold") + f"{name}{mark}{taken}")
        out.data(f"  {flat(answer.lost or answer.response)}")
    for each in one.passes:
        said = each.winner or "not usable"
        out.data(
            f"judge, shown {' then '.join(each.order)}: {said}  {flat(each.rationale or each.note)}"
        )
    if one.status == _WAITS:
        out.note("a person decides, signed in to the browser; keys and agents cannot")
        page = f"{link.server}/projects/{link.project_id}/models/arbitrations/{one.id}"
        out.note(page)
    return 0


def _state(context: Context, one: Arbitration) -> str:
    if one.status == _WAITS:
        return context.out.paint("a person has to decide", "yellow")
    return context.out.paint(one.winner_model or "decided", "bold")
