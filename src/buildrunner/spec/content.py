"""Lint rules about what a plan says: criteria, risks, links, misspelt fields (BR4xx, BR502)."""

from __future__ import annotations

from itertools import chain

from buildrunner.spec import checking
from buildrunner.spec.addresses import link_problem
from buildrunner.spec.findings import MAX_DEPTH
from buildrunner.spec.source import escape
from buildrunner.spec.survey import MICROSTEP, Survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.survey import Report

_LONGEST_NAME = 40
_GUESSES = 10_000
_guesses: dict[tuple[str, frozenset[str]], str | None] = {}
_DEFINITIONS = ("Milestone", "Step", "Microstep")
# What other tools and hurried people call our fields.
_OTHER_NAMES = {
    "acceptancecriteria": "criteria",
    "criterion": "criteria",
    "dependencies": "depends_on",
    "blockedby": "depends_on",
    "requires": "depends_on",
    "effort": "effort_points",
    "impact": "impact_score",
    "risk": "risk_level",
    "rollback": "rollback_plan",
    "state": "status",
    "assignee": "owner",
}


def check(plan: dict[str, Any], survey: Survey, schema: dict[str, Any], report: Report) -> None:
    """Report what reads badly in each entity."""
    definitions = schema["$defs"]
    known = [frozenset(definitions[name]["properties"]) for name in _DEFINITIONS]
    _check_fields(plan, "", frozenset(definitions["Plan"]["properties"]), report)
    for rows in survey.batches():
        _check_batch(rows, survey, known, report)


def _check_batch(rows: range, survey: Survey, known: list[frozenset[str]], report: Report) -> None:
    """The common case, nothing to say, is decided without a call per entity."""
    values, levels = survey.values, survey.levels
    criteria: list[tuple[int, list[Any]]] = []
    for row in rows:
        value, level = values[row], levels[row]
        if not known[level].issuperset(value):
            _check_fields(value, survey.pointer(row), known[level], report)
        if "checks" in value:
            checking.look(value, survey.pointer(row), report)
        if level == MICROSTEP:
            if value.get("criteria").__class__ is list:
                criteria.append((row, value["criteria"]))
            if value.get("risk_level") in ("high", "critical"):
                _check_risk(value, row, survey, report)
            if "links" in value:
                _check_links(value["links"], row, survey, report)
    titles = [values[row].get("title") for row in rows]
    if set(map(type, titles)) - {str} or any(map(str.isspace, titles)):  # type: ignore[arg-type]
        for row in rows:
            if str(values[row].get("title", "?")).isspace():
                report("BR407", f"{survey.pointer(row)}/title", "the title is blank")
    everything = list(chain.from_iterable(texts for _, texts in criteria))
    if not set(map(type, everything)) <= {str} or any(map(str.isspace, everything)):
        wanting = criteria
    else:
        wanting = [item for item in criteria if _is_odd(item[1])]
    for row, texts in wanting:
        _check_criteria(texts, survey.name(row), survey.pointer(row), report)


def _is_odd(texts: list[str]) -> bool:
    return not texts or (len(texts) > 1 and len({*texts}) < len(texts)) or "" in texts


def _check_risk(value: dict[str, Any], row: int, survey: Survey, report: Report) -> None:
    plan: Any = value.get("rollback_plan")
    if plan is None or (plan.__class__ is str and not plan.strip()):
        message = f"{survey.name(row)} has {value['risk_level']} risk and no rollback_plan"
        report("BR405", f"{survey.pointer(row)}/risk_level", message)


def _check_criteria(criteria: list[Any], name: str, pointer: str, report: Report) -> None:
    if not criteria:
        report("BR401", f"{pointer}/criteria", f"{name} has no criteria")
    seen: dict[str, int] = {}
    for place, criterion in enumerate(criteria):
        if criterion.__class__ is not str:
            continue
        if not criterion.strip():
            report("BR402", f"{pointer}/criteria/{place}", f"criterion {place} of {name} is blank")
            continue
        first = seen.setdefault(criterion, place)
        if first != place and report.wants("BR403"):
            message = f"criterion {place} of {name} repeats criterion {first}"
            report("BR403", f"{pointer}/criteria/{place}", message)


def _check_links(links: Any, row: int, survey: Survey, report: Report) -> None:
    if links.__class__ is not list:
        return
    for place, link in enumerate(links):
        if not report.wants("BR406"):
            return
        address = link.get("url") if link.__class__ is dict else link
        if address.__class__ is not str:
            continue
        problem = link_problem(address)
        if problem is not None:
            member = "" if link is address else "/url"
            report(problem[0], f"{survey.pointer(row)}/links/{place}{member}", problem[1])


def _check_fields(
    value: dict[str, Any], pointer: str, known: frozenset[str], report: Report
) -> None:
    """Unknown fields: kept, but not if nobody can read them, and told if they look misspelt."""
    for key in value:
        if key in known:
            continue
        if value[key].__class__ in (dict, list) and _is_too_deep(value[key]):
            message = f"the value of {key!r} nests deeper than {MAX_DEPTH} levels"
            report("BR109", f"{pointer}/{escape(key)}", message)
        meant = _meant(key, known)
        if meant is not None and meant not in value:
            message = f"{key!r} is no field of a plan: is {meant!r} meant?"
            report("BR408", f"{pointer}/{escape(key)}", message)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            member
            for node in level
            for member in (node.values() if node.__class__ is dict else node)
            if member.__class__ in (dict, list)
        ]
        if not level:
            return False
    return True


def _meant(key: str, known: frozenset[str]) -> str | None:
    """The known field whose name this is but for case, separators or one slip."""
    cached = _guesses.get((key, known), "")
    if cached != "":
        return cached
    if len(key) > _LONGEST_NAME or len(_guesses) >= _GUESSES:
        return None
    meant = _guesses[key, known] = _guess(key, known)
    return meant


def _guess(key: str, known: frozenset[str]) -> str | None:
    plain = _plain(key)
    meant = _OTHER_NAMES.get(plain)
    if meant in known:
        return meant
    for name in sorted(known):
        if plain == _plain(name) or (len(name) > 4 and _one_slip(plain, _plain(name))):
            return name
    return None


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter was added, dropped, replaced, or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
