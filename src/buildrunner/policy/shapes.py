"""The older shape of a policy brought into the newer one, and what is said in several places."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from buildrunner.policy.findings import Finding
from buildrunner.policy.rules import GROUPS, RULES

_HOISTED = ("quality", "security", "analytics")
_PREVIEWS = (
    ("require_preview_for_phase",),
    ("integrations", "require_preview_for_phase"),
    ("integrations", "preview_environments", "required_for_phases"),
    ("integrations", "preview_environments", "require_preview_for_phase"),
    ("previews", "required_for_phases"),
    ("previews", "require_preview_for_phase"),
)
Places = dict[str, tuple[int, int]]


def normalise(policy: dict[str, Any], places: Places, findings: list[Finding]) -> dict[str, Any]:
    """The policy in the newer shape; `places` and `findings` are added to."""
    newer = dict(policy)
    _hoist(newer, places, findings)
    if "violations" in newer:
        newer["violations"] = _violations(newer["violations"], places, findings)
    _known_rules(newer, places, findings)
    phases = _previews(newer, places, findings)
    if phases:
        newer["require_preview_for_phase"] = phases
    _unguarded(newer, places, findings)
    return newer


def _hoist(newer: dict[str, Any], places: Places, findings: list[Finding]) -> None:
    """`global.quality` becomes `quality`; what stands at the top already wins."""
    older = newer.pop("global", None)
    if not isinstance(older, dict):
        return
    for name in _HOISTED:
        section = older.get(name)
        if not isinstance(section, dict):
            continue
        top = newer.get(name, {})
        for key, value in section.items():
            clause = f"{name}.{key}"
            place = places.get(f"global.{clause}", (1, 1))
            if key in top and top[key] != value:
                message = f"global.{clause} differs from {clause}, which counts"
                findings.append(_at("GP306", message, f"global.{clause}", place))
            elif key not in top:
                places[clause] = place
        places.setdefault(name, places.get(f"global.{name}", (1, 1)))
        newer[name] = {**section, **top}
    rest = {key: value for key, value in older.items() if key not in _HOISTED}
    if rest:
        newer["global"] = rest


def _violations(
    section: dict[str, Any], places: Places, findings: list[Finding]
) -> dict[str, dict[str, Any]]:
    """Name as rules are named → {"action", …}; `quality_violation` is `quality`."""
    newer: dict[str, dict[str, Any]] = {}
    for name, value in section.items():
        entry = dict(value) if isinstance(value, dict) else {"action": value}
        if entry.get("action") == "review":
            entry["action"] = "approve"
        key = name.replace("_", "-").removesuffix("-violation")
        newer[key] = entry
        place = places.get(f"violations.{name}", (1, 1))
        places.setdefault(f"violations.{key}", place)
        if key not in RULES and key not in GROUPS and key != "default":
            message = (
                f"violations.{name} names no rule and no group{_meant(key, [*RULES, *GROUPS])}"
            )
            findings.append(_at("GP301", message, f"violations.{name}", place))
    return newer


def _known_rules(policy: dict[str, Any], places: Places, findings: list[Finding]) -> None:
    section = policy.get("waivers")
    for number, name in enumerate(section.get("never", ()) if isinstance(section, dict) else ()):
        if str(name).replace("_", "-") not in RULES:
            clause = f"waivers.never[{number}]"
            message = f"{clause}: {name!r} is no rule{_meant(str(name), list(RULES))}"
            findings.append(_at("GP301", message, clause, places.get(clause, (1, 1))))


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name.replace("_", "-"), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _previews(policy: dict[str, Any], places: Places, findings: list[Finding]) -> list[Any]:
    """The union of every place that names phases with previews, in the order of the text."""
    said: list[tuple[str, list[Any]]] = []
    for path in _PREVIEWS:
        value: Any = policy
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list):
            said.append((".".join(path), value))
    said.sort(key=lambda entry: places.get(entry[0], (1, 1)))
    union: dict[str, Any] = {}
    for clause, phases in said:
        if {label(phase) for phase in phases} != {label(phase) for phase in said[0][1]}:
            message = f"{clause} names other phases than {said[0][0]}; the union counts"
            findings.append(_at("GP304", message, clause, places.get(clause, (1, 1))))
        for phase in phases:
            union.setdefault(label(phase), phase)
    return list(union.values())


def label(phase: Any) -> str:
    """A phase in the form phases are compared in."""
    return str(phase).strip().casefold()


def _unguarded(policy: dict[str, Any], places: Places, findings: list[Finding]) -> None:
    approvals = policy.get("approvals")
    required = approvals.get("required") if isinstance(approvals, dict) else None
    if required or not policy.get("protected_paths"):
        return
    override = approvals.get("protected_paths_override") if isinstance(approvals, dict) else None
    for number, entry in enumerate(policy["protected_paths"]):
        own = entry.get("approvals") if isinstance(entry, dict) else None
        path = entry.get("path") if isinstance(entry, dict) else entry
        if own or (isinstance(override, dict) and path in override):
            continue
        clause = f"protected_paths[{number}]"
        message = f"{path} is protected, but no role is named that approves; one PM has to"
        findings.append(_at("GP305", message, clause, places.get(clause, (1, 1))))
        return


def _at(code: str, message: str, clause: str, place: tuple[int, int]) -> Finding:
    return Finding(code, message, line=place[0], column=place[1], clause=clause)
