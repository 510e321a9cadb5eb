"""What an apply does to a plan, as the change that a policy judges."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.change import Change, Commit, FileChange, Hunk, Person
from buildrunner.spec.document import index
from buildrunner.spec.layout import dumps

PLAN_PATH = "buildrunner/specs/plan.json"
_MOST_NAMED = 2000


def as_change(
    before: dict[str, Any], after: dict[str, Any], operations: list[dict[str, Any]], author: Person
) -> Change:
    """The plan's file gains the lines that arrive; the commit names the microsteps it brings."""
    lines: list[str] = []
    for operation in operations:
        if "value" in operation:
            lines += dumps({"value": operation["value"]}).splitlines()
    known = index(before)
    fresh = [
        name
        for name, entity in index(after).items()
        if entity.kind == "microstep" and name not in known
    ]
    file = FileChange(
        path=PLAN_PATH,
        hunks=[Hunk(added=[*enumerate(lines, 1)])],
        digest="",
    )
    message = "Apply blueprints: " + " ".join(fresh[:_MOST_NAMED])
    return Change(
        files=[file],
        commits=[Commit(id="", message=message, author=author)],
        author=author,
        plan_before=before,
        plan_after=after,
    )
