"""What drifted, as rows of a table that travels."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.server.domains.workbench import facade as workbench

_SIDES = ("base", "ours", "theirs")


def rows_of(found: workbench.Drifted) -> list[dict[str, Any]]:
    """Conflicts, meetings and findings in one form."""
    return [
        *(_conflict(each) for each in found.conflicts),
        *(_meeting(each, item) for each in found.meetings for item in each.items),
        *(_finding(each) for each in found.findings),
    ]


def _row(kind: str, **members: Any) -> dict[str, Any]:
    names = (
        "level", "where", "id", "field", "milestone", "what", "command", "base", "ours", "theirs",
        "decision", "clone", "branch", "seen_at",
    )  # fmt: skip
    return {"kind": kind} | {name: members.get(name, "") for name in names}


def _conflict(one: workbench.Contested) -> dict[str, Any]:
    conflict = one.conflict
    name = f"{conflict['id'] or 'plan'}.{conflict['field']}"
    values = {
        side: json.dumps(conflict[side], ensure_ascii=False) for side in _SIDES if side in conflict
    }
    return _row(
        "conflict",
        level="error",
        where=name,
        id=conflict["id"],
        field=conflict["field"],
        milestone=one.milestone,
        what=f"both sides changed {name}",
        command="br sync" if one.choice else "br reconcile",
        decision=one.choice.choice if one.choice else "",
        clone=one.label or one.clone,
        branch=one.branch,
        seen_at=one.reported_at.isoformat(),
        **values,
    )


def _meeting(one: workbench.Meeting, item: dict[str, Any]) -> dict[str, Any]:
    first, second = one.branches
    fields = f" ({', '.join(item['fields'])} will conflict)" if item["fields"] else ""
    return _row(
        "branches_meet",
        level="error" if item["conflict"] else "warning",
        where=item["id"],
        id=item["id"],
        milestone=one.milestone,
        what=f"{first} and {second} both touch it{fields}",
        command=f"br overlap {first} {second}",
        ours="; ".join(item["ours"]),
        theirs="; ".join(item["theirs"]),
        clone=one.clone,
        branch=first,
        seen_at=one.at.isoformat(),
    )


def _finding(one: workbench.Seen) -> dict[str, Any]:
    finding = one.finding
    members = {name: finding.get(name, "") for name in ("where", "id", "field", "what", "command")}
    return _row(
        finding["code"],
        level=finding["level"],
        milestone=one.milestone,
        clone=one.clone,
        branch=one.branch,
        seen_at=one.at.isoformat() if one.at else "",
        **members,
    )
