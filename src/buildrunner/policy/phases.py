"""The rules in force in some phases: the policy with what its `phases` say differently."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.shapes import label


def in_force(policy: dict[str, Any], phases: set[str]) -> dict[str, Any]:
    """The policy for a change in `phases` (as `shapes.label` writes them).

    Entries apply in the order of the file; a later one wins key by key. Protected paths and
    previews only ever add.
    """
    table = policy.get("phases")
    if not phases or not isinstance(table, dict):
        return policy
    merged = dict(policy)
    for name, rules in table.items():
        if not isinstance(rules, dict):
            continue
        listed = rules.get("phases")
        labels = {label(each) for each in listed} if isinstance(listed, list) else {label(name)}
        if not labels & phases:
            continue
        for key, value in rules.items():
            if key == "protected_paths" and isinstance(value, list):
                merged[key] = [*(merged.get(key) or ()), *value]
            elif key == "require_preview":
                if value is True:
                    known = merged.get("require_preview_for_phase") or []
                    merged["require_preview_for_phase"] = [*known, *sorted(labels & phases)]
            elif isinstance(value, dict):
                merged[key] = _joined(merged.get(key), value)
    return merged


def _joined(under: Any, over: dict[str, Any]) -> dict[str, Any]:
    """`over` upon `under`, key by key, mappings likewise."""
    result = dict(under) if isinstance(under, dict) else {}
    for key, value in over.items():
        result[key] = _joined(result.get(key), value) if isinstance(value, dict) else value
    return result
