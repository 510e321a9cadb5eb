"""`br plan patch`: operations as they travel between clones and server, applied in one step."""

from __future__ import annotations

import json
import sys
from typing import Any

from buildrunner.cli.commands.structure import edit_dated, report_edit
from buildrunner.cli.context import Context
from buildrunner.cli.errors import REFUSED, Refusal, usage
from buildrunner.spec.document import canonical
from buildrunner.spec.lint import Finding, lint

_LARGEST = 16 * 1024 * 1024


def run_patch(context: Context) -> int:
    """Apply a list of operations, all or none; refused where the plan would lint worse."""
    operations = _read(context)

    def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
        from buildrunner.spec.diff import apply

        after = apply(plan, operations)
        known = {_key(each) for each in _errors(plan)}
        broken = [each for each in _errors(after) if _key(each) not in known]
        if broken:
            raise Refusal(
                "plan_would_break",
                f"nothing was changed: the plan would have {len(broken)} more "
                f"{'error' if len(broken) == 1 else 'errors'}",
                missing=[f"{each.code} {each.message}" for each in broken[:10]],
                next_command="br help plan patch",
                exit_code=REFUSED,
                extra={"findings": [each.as_dict() for each in broken]},
            )
        return operations

    made = edit_dated(context, change, "plan patch")
    report_edit(context, made, "")
    return 0


def _errors(plan: dict[str, Any]) -> list[Finding]:
    return [each for each in lint(canonical(plan)) if each.severity == "error"]


def _key(finding: Finding) -> tuple[str, str | None, str]:
    return finding.code, finding.entity_id, finding.message


def _read(context: Context) -> list[dict[str, Any]]:
    name = context.arguments.required("FILE")
    try:
        if name == "-":
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with open(context.path(name), "rb") as file:
                data = file.read(_LARGEST + 1)
    except OSError as error:
        raise usage(f"cannot read {name}: {error.strerror}", code="unreadable") from None
    if len(data) > _LARGEST:
        raise usage(f"{name} is larger than 16 MB", code="too_large")
    try:
        found = json.loads(data)
    except ValueError as error:
        raise usage(f"{name} is not JSON: {error}", code="not_json") from None
    if isinstance(found, dict) and "operations" in found:
        found = found["operations"]
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise usage(
            f"{name} is no list of operations such as "
            '[{"op": "set", "id": "m1", "field": "title", "value": "…"}]',
            next_command="br help plan patch",
            code="no_operations",
        )
    return found
