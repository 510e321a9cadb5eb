"""A small pack to bend, and a plan with nothing in it."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.spec.blueprints import find, load, render

EMPTY: dict[str, Any] = {
    "projectId": "p",
    "title": "Shop",
    "version": "0.1.0",
    "updatedAt": "2026-01-01T00:00:00Z",
    "milestones": [],
}


def fragment(name: str, **values: str) -> Any:
    entry = find(name)
    assert entry is not None
    return render(entry.blueprint, values)


def pack(text: dict[str, Any], **values: str) -> Any:
    reading = load(json.dumps(text).encode())
    assert reading.blueprint is not None, reading.findings
    return render(reading.blueprint, values)


def small(version: str = "1.0.0", **members: Any) -> dict[str, Any]:
    return {
        "format": "buildrunner.blueprint/1",
        "name": "small",
        "version": version,
        "title": "Small",
        "summary": "A small pack.",
        "plan": {
            "milestones": [
                {
                    "id": "m1",
                    "title": "Ground",
                    "steps": [
                        {
                            "id": "m1.s1",
                            "title": "Begin",
                            "microsteps": [
                                {"id": "m1.s1.ms1", "title": "One", "criteria": ["a", "b"]},
                                {
                                    "id": "m1.s1.ms2",
                                    "title": "Two",
                                    "criteria": ["c"],
                                    "depends_on": ["m1.s1.ms1"],
                                },
                            ],
                        }
                    ],
                }
            ]
        },
        **members,
    }


def microstep(document: dict[str, Any], place: int) -> dict[str, Any]:
    found: dict[str, Any] = document["plan"]["milestones"][0]["steps"][0]["microsteps"][place]
    return found
