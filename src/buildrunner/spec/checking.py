"""Lint rules about checks: what proves a criterion must be able to (BR409 to BR415)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.survey import Report

# Kind → the member without which there is nothing to do.
NEEDS = {
    "command": "run",
    "http": "url",
    "file": "path",
    "junit": "report",
    "sarif": "report",
    "coverage": "report",
    "manual": None,
}
LONGEST = 86_400
_PLACES = ("cwd", "path", "report")


def look(value: dict[str, Any], pointer: str, report: Report) -> None:
    """Report what is wrong with the checks of one milestone, step or microstep."""
    checks, criteria = value["checks"], value.get("criteria")
    if checks.__class__ is not list:
        return
    seen: dict[str, int] = {}
    for place, check in enumerate(checks):
        if check.__class__ is not dict:
            continue
        where = f"{pointer}/checks/{place}"
        _name(check, place, seen, where, report)
        number = check.get("criterion")
        if criteria.__class__ is list and number.__class__ is int and number >= len(criteria):
            message = f"the check names criterion {number}, there are {len(criteria)}"
            report("BR409", f"{where}/criterion", message)
        _kind(check, where, report)
        _paths(check, where, report)
        limit = check.get("timeout")
        if limit.__class__ in (int, float) and limit > LONGEST:
            message = f"a timeout of {limit:.6g} s is longer than a day ({LONGEST} s)"
            report("BR414", f"{where}/timeout", message)
    _below(value, seen, pointer, report)


def _name(
    check: dict[str, Any], place: int, seen: dict[str, int], where: str, report: Report
) -> None:
    identifier = check.get("id")
    if identifier.__class__ is not str or not identifier.strip():
        if identifier is None or identifier.__class__ is str:
            report("BR415", where, f"check {place} has no id")
        return
    first = seen.setdefault(identifier, place)
    if first != place:
        report("BR410", f"{where}/id", f"check {place} has the id {identifier!r} of check {first}")


def _kind(check: dict[str, Any], where: str, report: Report) -> None:
    kind = check.get("kind")
    if kind is None:
        report("BR411", where, "the check has no kind")
        return
    if kind.__class__ is not str:
        return
    if kind not in NEEDS:
        report("BR411", f"{where}/kind", f"{kind!r} is no kind of check")
        return
    member = NEEDS[kind]
    value = check.get(member) if member else "none"
    if value is None or (value.__class__ is str and not value.strip()):
        report("BR412", where, f"a check of kind {kind} needs {member!r}")


def _paths(check: dict[str, Any], where: str, report: Report) -> None:
    for member in _PLACES:
        if escapes(check.get(member)):
            message = f"{member} {check[member]!r} leads out of the repository"
            report("BR413", f"{where}/{member}", message)
    paths = check.get("paths")
    for place, path in enumerate(paths if paths.__class__ is list else ()):
        if escapes(path):
            report("BR413", f"{where}/paths/{place}", f"{path!r} leads out of the repository")


def escapes(path: Any) -> bool:
    """Whether a text is an absolute path or leaves the folder it starts in."""
    if path.__class__ is not str:
        return False
    drive = len(path) > 1 and path[1] == ":" and path[0].isalpha()
    parts = path.replace("\\", "/").split("/")
    return path.startswith(("/", "\\", "~")) or drive or ".." in parts or "\0" in path


def _below(value: dict[str, Any], seen: dict[str, int], pointer: str, report: Report) -> None:
    """A step's checks belong to each microstep too: their ids must not meet."""
    members = value.get("microsteps")
    if not seen or members.__class__ is not list:
        return
    for place, microstep in enumerate(members):
        checks = microstep.get("checks") if microstep.__class__ is dict else None
        for number, check in enumerate(checks if checks.__class__ is list else ()):
            identifier = check.get("id") if check.__class__ is dict else None
            if identifier.__class__ is str and identifier in seen:
                where = f"{pointer}/microsteps/{place}/checks/{number}/id"
                report("BR410", where, f"the step has a check {identifier!r} too")
