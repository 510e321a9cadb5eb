"""`br models`: which model does what, what it did, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from buildrunner.cli.context import Context
from buildrunner.cli.errors import USAGE, Refusal
from buildrunner.cli.layout import flat
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client.models import ModelCandidate, ModelFigures, ModelRoute, ModelSettings

_SWITCH = {"on": True, "off": False}


def run_recommend(context: Context) -> int:
    """Where a task would go, and why the others lost; nothing is recorded."""
    out, link = context.out, link_of(context.workspace)
    task = context.arguments.required("TASK")
    with connect(context.settings) as client:
        made = client.models.recommend(task, link.project_id)
    out.emit({"decision": msgspec.to_builtins(made)})
    if made.model is None:
        out.data(f"no model may do {task} here")
    else:
        out.data(f"{out.paint(made.model, 'bold')}  {made.reason}")
    for one in made.candidates:
        _show_candidate(context, one)
    if made.saved is not None:
        out.note(f"the dearest that could do it costs {made.saved} USD more")
    if made.second:
        out.note(f"{made.second} answers beside it, together {made.cost_multiplier} times the cost")
    if not any(one.served for one in made.candidates):
        out.note("no provider of the organization serves any of them")
    return 0


def run_compare(context: Context) -> int:
    """What models did in the project, by the outcomes that were reported."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    with connect(context.settings) as client:
        found = list(
            client.models.compare(
                link.project_id,
                task_type=arguments.text("task"),
                period=arguments.text("period"),
            )
        )
    out.emit({"models": msgspec.to_builtins(found)})
    if not found:
        out.note("no outcome was reported in this time")
        return 0
    width = max(len(one.model) for one in found)
    out.data(f"{'model':<{width}}  task       grade  calls  succeed  quality  seconds  {'USD':>10}")
    for one in found:
        rate = "" if one.success_rate is None else f"{float(one.success_rate):.0%}"
        seconds = "" if one.latency_ms is None else f"{float(one.latency_ms) / 1000:.1f}"
        cost = "unknown" if one.cost is None else f"{float(one.cost):,.4f}"
        out.data(
            f"{one.model:<{width}}  {one.task_type:<9}  {one.grade or '':<5}  {one.calls:>5}  "
            f"{rate:>7}  {one.quality or '':>7}  {seconds:>7}  {cost:>10}"
        )
        if one.unpriced:
            out.note(f"{one.model}: {one.unpriced} of these calls have no price")
    return 0


def run_performance(context: Context) -> int:
    """How models did, what changed since the period before, and what to do."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    asked = {"task_type": arguments.text("task"), "period": arguments.text("period")}
    form = arguments.text("format")
    with connect(context.settings) as client:
        if form == "csv" and not out.json:
            out.data(client.models.performance_csv(link.project_id, **asked).decode().rstrip())
            return 0
        found = client.models.performance(link.project_id, **asked)
    if form == "json" and not out.json:
        out.data(msgspec.json.format(msgspec.json.encode(found)).decode())
        return 0
    out.emit({"performance": msgspec.to_builtins(found)})
    if not found.rows:
        out.note("no outcome was reported in this time; br models recommend shows what is expected")
        return 0
    width = max(len(one.model) for one in found.rows)
    out.data(
        f"{'task':<9}  {'model':<{width}}  grade  calls  {'succeed':>14}  quality  "
        f"{'p50 / p95 s':>13}  {'USD':>10}  won"
    )
    for one in found.rows:
        out.data(_figures_line(one, width))
    for advice in found.recommendations:
        out.data(f"- {flat(advice.words)}")
    for words in found.too_few:
        out.note(flat(words))
    return 0


def _figures_line(one: ModelFigures, width: int) -> str:
    rate = "" if one.success_rate is None else f"{float(one.success_rate):.0%}"
    change = one.trend.success
    rate += f" ({float(change):+.0f})" if change is not None and float(change) else ""
    times = " / ".join(
        "–" if each is None else f"{float(each) / 1000:.1f}"
        for each in (one.latency_p50_ms, one.latency_p95_ms)
    )
    cost = "unknown" if one.cost is None else f"{float(one.cost):,.4f}"
    cost += f" +{one.unpriced} unpriced" if one.cost is not None and one.unpriced else ""
    won = "no duels yet" if one.win_rate is None else f"{one.won} of {one.duels}"
    return (
        f"{one.task_type:<9}  {one.model:<{width}}  {one.grade or '':<5}  {one.calls:>5}  "
        f"{rate:>14}  {one.quality or '':>7}  {times:>13}  {cost:>10}  {won}"
    )


def run_settings(context: Context) -> int:
    """How the project wants its tasks done; with a TASK and options, say how."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    task = arguments.text("TASK")
    dual = arguments.text("dual")
    given = {
        "preferred_model": arguments.text("prefer"),
        "minimum_quality": arguments.text("minimum"),
        "max_cost_multiplier": arguments.text("multiplier"),
    }
    with connect(context.settings) as client:
        if task and (dual or any(value is not None for value in given.values())):
            kept = client.models.set_settings(
                link.project_id,
                task,
                preferred_model=given["preferred_model"],
                minimum_quality=given["minimum_quality"],
                max_cost_multiplier=given["max_cost_multiplier"],
                dual_run_enabled=_SWITCH[dual] if dual else None,
            )
            found = [kept]
        else:
            found = [
                one
                for one in client.models.settings(link.project_id)
                if task in (None, one.task_type)
            ]
    out.emit({"settings": msgspec.to_builtins(found)})
    for one in found:
        _show_settings(context, one)
    return 0


def run_routes(context: Context) -> int:
    """What was decided, newest first, and what came of it."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    limit = arguments.number("limit", 20)
    found: list[ModelRoute] = []
    with connect(context.settings) as client:
        for one in client.models.routes(link.project_id):
            if len(found) == limit:
                break
            found.append(one)
    out.emit({"routes": msgspec.to_builtins(found)})
    for one in found:
        came = one.outcome
        said = "open" if came is None else "succeeded" if came["success"] else "failed"
        place = f" {one.microstep_id}" if one.microstep_id else ""
        out.data(
            f"{one.created_at[:16].replace('T', ' ')}  {one.task_type}{place}  "
            f"{out.paint(one.model, 'bold')}  {said}"
        )
        out.data(f"  {flat(one.reason)}")
        if came and came["note"]:
            out.data(f"  {flat(came['note'])}")
        dearer = [each for each in one.candidates if each.model != one.model and each.cost]
        if dearer:
            other = dearer[0]
            out.data(f"  {other.model} would have cost {other.cost} USD: {flat(other.lost)}")
    if not found:
        out.note("no task was routed yet")
        out.hint("br models recommend builder", "where one would go")
    return 0


def run_eval(context: Context) -> int:
    """Judge labelled tasks as things are, and as they would be; 1 where any would be worse off."""
    arguments, out, link = context.arguments, context.out, link_of(context.workspace)
    task, prefer = arguments.text("TASK"), arguments.text("prefer")
    with connect(context.settings) as client:
        told = client.models.evaluate(
            link.project_id,
            task_type=task,
            preferred_model=prefer,
            minimum_quality=arguments.text("minimum"),
            cases=_cases(arguments.text("cases")),
        )
    out.emit({"eval": msgspec.to_builtins(told)})
    changed = prefer is not None or arguments.text("minimum") is not None
    for verdict in (told.after if changed else told.before).verdicts:
        mark = out.paint("good", "green") if not verdict.faults else out.paint("poor", "red")
        cost = "price unknown" if verdict.cost is None else f"{verdict.cost} USD"
        out.data(f"{mark}  {verdict.task_type:<9}  {flat(verdict.case)}")
        out.data(f"      {verdict.model or 'no model'}  {cost}")
        for fault in verdict.faults:
            out.data(f"      {flat(fault)}")
    now, then = told.before, told.after
    out.data(f"now: {now.passed} of {now.cases} good, {now.cost} USD together")
    if changed:
        out.data(f"then: {then.passed} of {then.cases} good, {then.cost} USD together")
    for name in told.worse:
        out.data(f"worse: {flat(name)}")
    for name in told.better:
        out.data(f"better: {flat(name)}")
    if changed and not told.worse and task:
        words = f" --prefer {prefer}" if prefer else ""
        least = arguments.text("minimum")
        words += f" --minimum {least}" if least else ""
        out.hint(f"br models settings {task}{words}", "make it so")
    return 1 if told.worse else 0


def _cases(path: str | None) -> list[dict[str, Any]]:
    if path is None:
        return []
    try:
        found = msgspec.json.decode(Path(path).read_bytes(), type=list[dict[str, Any]])
    except OSError as problem:
        raise Refusal("file_unreadable", f"{path}: {problem.strerror}", exit_code=USAGE) from None
    except msgspec.DecodeError as problem:
        raise Refusal(
            "cases_invalid", f"{path} is not a JSON list of cases: {problem}", exit_code=USAGE
        ) from None
    return found


def _show_candidate(context: Context, one: ModelCandidate) -> None:
    score = one.score or "-"
    cost = "price unknown" if one.cost is None else f"{one.cost} USD"
    here = "" if one.served else "  no provider here"
    lost = f"  {flat(one.lost)}" if one.lost else ""
    context.out.data(f"  {score:>6}  {one.model}  {cost}{here}{lost}")


def _show_settings(context: Context, one: ModelSettings) -> None:
    out = context.out
    wish = f"prefers {one.preferred_model}" if one.preferred_model else "the best by score"
    least = f", quality {one.minimum_quality} at least" if float(one.minimum_quality) else ""
    both = f", two side by side up to {one.max_cost_multiplier} times the cost"
    out.data(
        f"{out.paint(f'{one.task_type:<9}', 'bold')}  {wish}{least}"
        f"{both if one.dual_run_enabled else ''}"
    )
