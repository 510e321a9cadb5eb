"""The events of this room and their data."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from buildrunner.server.domains.plans.types import Operation

PLAN_REVISED = "plan.revised"
CLAIM_TAKEN = "claim.taken"
CLAIM_RELEASED = "claim.released"
CLAIM_EXPIRED = "claim.expired"

MAX_CHANGED = 200
_WARNED = {"transition_refused": "out_of_order"}


def revised(
    revision: int,
    document_hash: str,
    operations: list[Operation],
    warnings: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """`{revision, document_hash, changed: [ids], many, operations: {op: count}, unproven?,
    out_of_order?}`.

    `changed` names the touched entities ("" is the root) as long as there are at most 200 of
    them; beyond that it is empty and `many` is true, so that an event stays small. `unproven`
    names microsteps that became done without proof, `out_of_order` those whose status should not
    have followed, where the policy only warns.
    """
    changed: dict[str, None] = {}
    for operation in operations:
        value = operation.get("value")
        if operation["op"] == "add" and isinstance(value, dict):
            changed[str(value.get("id", ""))] = None
            changed[operation["parent"]] = None
        else:
            changed[operation["id"]] = None
        if len(changed) > MAX_CHANGED:
            break
    many = len(changed) > MAX_CHANGED
    told: dict[str, list[str]] = {}
    for warning in (warnings or ())[:MAX_CHANGED]:
        told.setdefault(_WARNED.get(warning["code"], "unproven"), []).append(warning["id"])
    return {
        **told,
        "revision": revision,
        "document_hash": document_hash,
        "changed": [] if many else list(changed),
        "many": many,
        "operations": dict(Counter(operation["op"] for operation in operations)),
    }


def claim(holder: str, expires_at: datetime, *, renewed: bool = False) -> dict[str, Any]:
    """`{holder, expires_at, renewed}` of a lease."""
    return {"holder": holder, "expires_at": expires_at.isoformat(), "renewed": renewed}
