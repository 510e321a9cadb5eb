"""A project with evidence of every kind, for browsers: proven, failing, stale, flaky, unproven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from buildrunner.client import Client
from buildrunner.evidence.checks import Check, checks_of, criteria_of
from buildrunner.evidence.record import EVIDENCE, criterion_member, sign
from buildrunner.spec.ids import resolve

_KEY = bytes(range(32))
LONG = "It holds in every browser that people use, " * 6 + "Donaudampfschifffahrtsgesellschaft" * 4


def checkout_plan() -> dict[str, Any]:
    """Two milestones, six microsteps, with checks on a step and on a microstep."""
    titles = (
        ("Validate the card number", ["A wrong check digit is refused", "Spaces are ignored"]),
        ("Refuse an expired card", ["A past date is refused"]),
        ("Show what went wrong", ["The field says why", "A screen reader hears it"]),
    )
    later = (
        ("Send the receipt", ["The receipt arrives within a minute"]),
        ("Keep a copy", [LONG]),
        ("Look at the wording", ["Somebody from support has read it"]),
    )
    milestones = []
    for number, (title, rows) in enumerate((("Pay by card", titles), ("Receipts", later)), 1):
        step = {
            "id": f"m{number}.s1",
            "title": "The form" if number == 1 else "By mail",
            "checks": [
                {"id": "unit", "kind": "command", "run": "pytest tests/cards", "paths": ["src"]}
            ],
            "microsteps": [
                {
                    "id": f"m{number}.s1.ms{place}",
                    "title": words,
                    "status": "doing",
                    "criteria": criteria,
                }
                for place, (words, criteria) in enumerate(rows, 1)
            ],
        }
        milestones.append({"id": f"m{number}", "title": title, "steps": [step]})
    last = milestones[1]["steps"][0]
    last["microsteps"][0]["checks"] = [
        {"id": "browser", "kind": "command", "run": "playwright test"}
    ]
    last["microsteps"][2]["checks"] = [{"id": "read", "kind": "manual"}]
    return {
        "projectId": "checkout",
        "title": "Checkout",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": milestones,
    }


def record_of(
    plan: dict[str, Any], microstep: str, criterion: int, check: Check, at: datetime, **more: Any
) -> dict[str, Any]:
    """A signed record; `more` overrides its members."""
    entity = resolve(plan, microstep)
    assert entity is not None
    record = {
        "type": EVIDENCE,
        "project": plan["projectId"],
        "microstep": microstep,
        "criterion": criterion_member(criterion, criteria_of(entity)[criterion]),
        "check": {
            "id": check.id,
            "kind": check.kind,
            "digest": check.digest,
            "origin": check.origin,
        },
        "subject": {"paths": list(check.paths), "digest": "sha256:" + "b" * 64},
        "commit": "c0ffee0123456789c0ffee0123456789c0ffee01",
        "tree": "a" * 40,
        "dirty": False,
        "command": check.definition.get("run"),
        "exit": 0,
        "outcome": "passed",
        "reason": "",
        "started_at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "duration_ms": 1840,
        "output": {
            "digest": "sha256:" + "d" * 64,
            "bytes": 1240,
            "excerpt": "tests/cards/test_number.py ......            [100%]\n6 passed in 1.62s\n",
        },
        "runner": {"class": "local", "name": "maya-laptop", "version": "1.0.0"},
    }
    return sign(record | more, _KEY)


def prove_checkout(client: Client, project: str, plan: dict[str, Any]) -> str:
    """Upload runs over a few days, then finish what they prove; the address of one record."""
    now = datetime.now(UTC)
    records: list[dict[str, Any]] = []

    def ran(microstep: str, hours: int, *, tree: str = "a", **more: Any) -> None:
        entity = resolve(plan, microstep)
        assert entity is not None
        for place in range(len(criteria_of(entity))):
            for check in checks_of(plan, microstep):
                if check.kind != "manual":
                    at = now - timedelta(hours=hours, seconds=place)
                    records.append(
                        record_of(plan, microstep, place, check, at, tree=tree * 40, **more)
                    )

    failed = {"outcome": "failed", "exit": 1, "reason": "exit code 1"}
    for hours in (90, 60, 30, 6):
        ran("m1.s1.ms1", hours, tree=str(hours // 30), **(failed if hours == 60 else {}))
    ran("m1.s1.ms2", 20)
    ran("m1.s1.ms3", 9, **failed)
    for hours, more in ((40, {}), (30, failed), (20, {}), (10, {}), (5, failed)):
        ran("m2.s1.ms1", hours, tree="5", **more)
    taken = client.evidence.upload(project, records, run="build 1042")
    for identifier in ("m1.s1.ms1", "m1.s1.ms2"):
        client.plans.edit(
            project, [{"do": "set", "ids": [identifier], "field": "status", "value": "done"}]
        )
    client.plans.edit(
        project,
        [
            {
                "do": "set",
                "ids": ["m1.s1.ms2"],
                "field": "criteria",
                "value": ["A past date is refused, in every time zone"],
            }
        ],
    )
    return taken.addresses[0]
