"""Lint rules about ids and what refers to them (BR3xx), and done work on unfinished ground."""

from __future__ import annotations

from buildrunner.spec.circles import shortest_circles, waiting
from buildrunner.spec.survey import MICROSTEP, Survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.spec.survey import Report

_SHOWN_IN_CYCLE = 12


def check(survey: Survey, report: Report) -> None:
    """Report what is wrong with ids, aliases and dependencies."""
    _check_ids(survey, report)
    aliases = _check_aliases(survey, report)
    edges = _check_dependencies(survey, aliases, report)
    if edges:
        _check_done(survey, edges, report)
        if _may_be_cyclic(survey, edges):
            for cycle in shortest_circles(waiting(survey.parents, edges), edges):
                _report_cycle(survey, cycle, report)


def _check_ids(survey: Survey, report: Report) -> None:
    ids, first = survey.ids, survey.first
    if len(first) != len(ids):
        for row, identifier in enumerate(ids):
            if identifier and first[identifier] != row:
                other = survey.pointer(first[identifier])
                message = f"the id {identifier!r} is already used at {other}"
                report("BR301", f"{survey.pointer(row)}/id", message)
    spaces = [identifier and identifier + "." for identifier in ids]
    spaces.append("")  # milestones: their parent has row -1
    for row, parent in enumerate(survey.parents):
        if ids[row].startswith(spaces[parent]) or not ids[row]:
            continue
        from buildrunner.spec.ids import belongs

        if not belongs(ids[row], ids[parent]):
            message = f"{ids[row]!r} does not begin with the id of its parent, {ids[parent]!r}"
            report("BR302", f"{survey.pointer(row)}/id", message)


def _check_aliases(survey: Survey, report: Report) -> dict[str, int]:
    """Alias → row that has it."""
    found: dict[str, int] = {}
    for row in survey.aliased:
        listed = survey.values[row]["aliases"]
        if listed.__class__ is not list:
            continue
        for place, alias in enumerate(listed):
            if alias.__class__ is not str:
                continue
            pointer = f"{survey.pointer(row)}/aliases/{place}"
            if alias in survey.first:
                other = survey.pointer(survey.first[alias])
                report("BR303", pointer, f"the alias {alias!r} is an id in use at {other}")
            elif found.setdefault(alias, row) != row:
                other = survey.name(found[alias])
                report("BR303", pointer, f"the alias {alias!r} already leads to {other}")
    return found


def _check_dependencies(
    survey: Survey, aliases: dict[str, int], report: Report
) -> dict[int, list[int]]:
    """Row → rows it depends on, for what can be resolved; reports the rest."""
    edges: dict[int, list[int]] = {}
    find = survey.first.get
    for row in survey.dependent:
        wanted = survey.values[row]["depends_on"]
        if wanted.__class__ is not list:
            continue
        if len(wanted) == 1 and wanted[0].__class__ is str:
            target = find(wanted[0])
            if target is not None and target != row:  # nearly always
                edges[row] = [target]
                continue
        targets: dict[int, None] = {}
        pointer_of_row = survey.pointer(row)
        for place, identifier in enumerate(wanted):
            if identifier.__class__ is not str:
                continue
            target = find(identifier)
            if target is None or target == row or target in targets:
                pointer = f"{pointer_of_row}/depends_on/{place}"
                target = _odd_dependency(survey, row, identifier, aliases, pointer, report)
            if target is not None:
                targets[target] = None
        if targets:
            edges[row] = list(targets)
    return edges


def _odd_dependency(
    survey: Survey, row: int, identifier: str, aliases: dict[str, int], pointer: str, report: Report
) -> int | None:
    target = survey.first.get(identifier)
    if target is None and identifier in aliases:
        target = aliases[identifier]
        new = survey.name(target)
        report("BR308", pointer, f"{identifier!r} is an old id of {new}", f"write {new!r}")
    if target is None:
        if not report.wants("BR304"):
            return None
        message = f"{survey.name(row)} depends on {identifier!r}, which does not exist"
        report("BR304", pointer, message, _nearest_id(survey, identifier))
        return None
    if target == row:
        report("BR305", pointer, f"{survey.name(row)} depends on itself")
        return None
    if target == survey.first.get(identifier):
        report("BR307", pointer, f"{identifier!r} is already named in this depends_on")
    return target


def _nearest_id(survey: Survey, identifier: str) -> str | None:
    other = survey.folded.get(identifier.strip().casefold())
    return f"write {other!r}, as the entity is spelt" if other is not None else None


def _check_done(survey: Survey, edges: dict[int, list[int]], report: Report) -> None:
    """Microsteps that are done though they, or what they lie in, wait for something."""
    values, levels = survey.values, survey.levels
    complete: dict[int, bool] = {}  # milestones and steps, by what lies in them

    def is_done(row: int) -> bool:
        if levels[row] == MICROSTEP:
            return values[row].get("status") == "done"
        if row not in complete:
            complete[row] = all(is_done(below) for below in survey.microsteps_in(row))
        return complete[row]

    for row, targets in edges.items():
        if not report.wants("BR404"):
            return
        if levels[row] == MICROSTEP and values[row].get("status") != "done":
            continue
        waiting = [target for target in targets if not is_done(target)]
        if not waiting:
            continue
        names = ", ".join(survey.name(target) for target in waiting[:3])
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        for done in survey.microsteps_in(row):
            if values[done].get("status") == "done":
                message = f"{survey.name(done)} is done, but waits for {names}{more}"
                report("BR404", f"{survey.pointer(done)}/status", message)


def _may_be_cyclic(survey: Survey, edges: dict[int, list[int]]) -> bool:
    """False when every dependency leads back in the document from microstep to microstep."""
    levels = survey.levels
    return any(
        levels[row] != MICROSTEP
        or any(target > row or levels[target] != MICROSTEP for target in targets)
        for row, targets in edges.items()
    )


def _report_cycle(survey: Survey, rows: list[int], report: Report) -> None:
    names = [survey.name(row) for row in rows]
    if len(names) > _SHOWN_IN_CYCLE:
        half = _SHOWN_IN_CYCLE // 2
        names[half:-half] = [f"… {len(names) - _SHOWN_IN_CYCLE} more …"]
    names.append(survey.name(rows[0]))
    message = f"dependencies run in a circle: {' → '.join(names)}"
    report("BR306", f"{survey.pointer(rows[0])}/depends_on", message)
