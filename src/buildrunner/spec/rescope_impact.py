"""What a patch of a plan would do to what is accepted, proven, waited for and estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from buildrunner.spec.document import Entity, canonical, index, microsteps, root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.lint import ERROR, Finding, lint
from buildrunner.spec.rescope_cut import effort
from buildrunner.spec.rescope_moves import open_below
from buildrunner.spec.values import same

Plan = dict[str, Any]
_MOST = 200


def impact(
    before: Plan, after: Plan, operations: Sequence[Mapping[str, Any]], proven: Iterable[str] = ()
) -> dict[str, Any]:
    """What changes, as a JSON object; `proven` are microsteps with evidence or a sign-off.

    `criteria` lists `{id, title, removed, added}`, `evidence` the proven microsteps whose word no
    longer counts, `done` those done that are touched, `dependants` open ones that wait for what
    changes and are not touched themselves, `milestones` their open effort before and after.
    """
    old, new = index(before), index(after)
    steps = {name: e for name, e in old.items() if e.kind == "microstep"}
    criteria = [found for name in {**steps, **new} if (found := _criteria(name, old, new))]
    touched = _touched(operations, old)
    altered = {one["id"] for one in criteria} | {
        name
        for name, entity in steps.items()
        if name not in new or not _same_checks(entity, new[name])
    }
    done = [
        name for name, e in steps.items() if name in touched and e.value.get("status") == "done"
    ]
    return {
        "criteria": criteria[:_MOST],
        "criteria_removed": sum(len(one["removed"]) for one in criteria),
        "criteria_added": sum(len(one["added"]) for one in criteria),
        "evidence": [name for name in proven if name in altered][:_MOST],
        "done": done[:_MOST],
        "dependants": _dependants(before, after, touched, steps)[:_MOST],
        "microsteps": {"before": len(steps), "after": sum(1 for _ in microsteps(after))},
        "effort": {"before": _points(root(before)), "after": _points(root(after))},
        "critical_path": {"before": _path(before), "after": _path(after)},
        "milestones": _milestones(before, after),
    }


def _criteria(name: str, old: Mapping[str, Entity], new: Mapping[str, Entity]) -> dict[str, Any]:
    was, now = old.get(name), new.get(name)
    entity = now or was
    if entity is None or entity.kind != "microstep":
        return {}
    left, right = _texts(was), _texts(now)
    removed = [text for text in left if text not in right]
    added = [text for text in right if text not in left]
    if not removed and not added:
        return {}
    title = str(entity.value.get("title") or "")
    return {"id": name, "title": title, "removed": removed, "added": added, "gone": now is None}


def _texts(entity: Entity | None) -> list[str]:
    found = entity.value.get("criteria") if entity is not None else None
    return [str(text) for text in found] if isinstance(found, list) else []


def _same_checks(was: Entity, now: Entity) -> bool:
    """Whether its own checks and those of its step are the same."""

    def checks(entity: Entity | None) -> Any:
        return entity.value.get("checks") if entity is not None else None

    return same(checks(was), checks(now)) and same(checks(was.above), checks(now.above))


def _touched(operations: Sequence[Mapping[str, Any]], old: Mapping[str, Entity]) -> set[str]:
    found: set[str] = set()
    for operation in operations:
        name = str(operation.get("id") or "")
        found.add(name)
        if operation["op"] in ("remove", "move") and name in old:
            found |= {each.id for each in _below(old[name])}
    return found


def _below(entity: Entity) -> list[Entity]:
    return [entity, *(each for child in entity.children() for each in _below(child))]


def _dependants(
    before: Plan, after: Plan, touched: set[str], steps: Mapping[str, Entity]
) -> list[str]:
    known = index(after)
    tops = [name for name in touched if name in steps]
    graph = Graph(before)
    found: dict[str, None] = {}
    for name in tops[:_MOST]:
        for entity in graph.affected_by(name):
            if entity.id not in touched and entity.value.get("status") != "done":
                found.setdefault(entity.id)
    return [name for name in steps if name in found and name in known]


def _points(entity: Entity) -> float:
    return sum(effort(each) for each in open_below(entity))


def _path(plan: Plan) -> dict[str, Any] | None:
    try:
        path = Graph(plan).critical_path()
    except SpecError:
        return None
    return {"ids": [each.id for each in path][:_MOST], "effort": sum(map(effort, path))}


def _milestones(before: Plan, after: Plan) -> list[dict[str, Any]]:
    old = {entity.id: entity for entity in root(before).children()}
    new = {entity.id: entity for entity in root(after).children()}
    rows = []
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        row = {
            "id": name,
            "title": str((now or was or root(after)).value.get("title") or ""),
            "before": _points(was) if was is not None else None,
            "after": _points(now) if now is not None else None,
        }
        if row["before"] != row["after"]:
            rows.append(row)
    return rows[:_MOST]


# -- before it is applied --


def precheck(before: Plan, after: Plan) -> dict[str, Any]:
    """What a plan would break that was whole before: `{"ok", "checks": [{name, ok, words}]}`."""
    worse = _worse(before, after)
    errors = [each for each in worse if each.severity == ERROR]
    shape = [each for each in errors if each.code < "BR3"]
    content = [each for each in errors if each.code >= "BR3"]
    knots = [knot for knot in Graph(after).knots() if knot not in Graph(before).knots()]
    dangling = sorted(set(_dangling(after)) - set(_dangling(before)))
    checks = [
        _check("schema", "The plan keeps to its schema", map(_line, shape)),
        _check("lint", "No new errors in lint", map(_line, content)),
        _check("cycles", "Nothing waits for itself", (" → ".join(knot) for knot in knots)),
        _check("dangling", "Every dependency exists", dangling),
    ]
    warnings = [_line(each) for each in worse if each.severity != ERROR]
    ok = all(check["ok"] for check in checks)
    return {"ok": ok, "checks": checks, "warnings": warnings[:_MOST]}


def _check(name: str, title: str, problems: Iterable[str]) -> dict[str, Any]:
    words = list(problems)[:_MOST]
    return {"name": name, "title": title, "ok": not words, "problems": words}


def _line(finding: Finding) -> str:
    return f"{finding.code} {finding.message}"


def _worse(before: Plan, after: Plan) -> list[Finding]:
    known = {(each.code, each.entity_id, each.message) for each in lint(canonical(before))}
    found = lint(canonical(after))
    return [each for each in found if (each.code, each.entity_id, each.message) not in known]


def _dangling(plan: Plan) -> list[str]:
    graph = Graph(plan)
    return [f"{graph.name(row)} → {need}" for row, needs in graph.missing.items() for need in needs]
