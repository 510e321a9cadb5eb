"""The Flow page as somebody at a browser uses it, and plans that have something to show there."""

import random
import re
from typing import Any

from playwright.sync_api import Page, expect

from buildrunner.client import Client
from buildrunner.spec.diff import apply
from buildrunner.spec.document import document_hash


def woven_plan(milestones: int, steps: int, edges: int, seed: int = 7) -> dict[str, Any]:
    """Milestones of so many steps of ten microsteps, most edges between those that are near."""
    pick = random.Random(seed)
    total = milestones * steps * 10
    order: list[dict[str, Any]] = []
    tops = []
    for m in range(1, milestones + 1):
        parts = []
        for s in range(1, steps + 1):
            inside = [
                _microstep(f"m{m}.s{s}.ms{k}", len(order) + k, total, pick) for k in range(1, 11)
            ]
            order += inside
            parts.append({"id": f"m{m}.s{s}", "title": f"Part {s}", "microsteps": inside})
        tops.append({"id": f"m{m}", "title": f"Stage {m} of the works", "steps": parts})
    seen: set[tuple[int, int]] = set()
    while len(seen) < edges:
        then = pick.randrange(1, total)
        first = then - (pick.randrange(1, 30) if pick.random() < 0.85 else pick.randrange(30, 400))
        if first >= 0 and (first, then) not in seen:
            seen.add((first, then))
            order[then].setdefault("depends_on", []).append(order[first]["id"])
    return {
        "projectId": "works",
        "title": "Harbour works",
        "version": "1.0.0",
        "updatedAt": "2025-08-20T09:30:00Z",
        "milestones": tops,
    }


def _microstep(name: str, number: int, total: int, pick: random.Random) -> dict[str, Any]:
    status = "done" if number < total * 0.4 else "todo"
    if total * 0.4 <= number < total * 0.5:
        status = pick.choice(["todo", "doing", "blocked"])
    made: dict[str, Any] = {
        "id": name,
        "title": f"Lay the {pick.choice(['quay', 'rail', 'cable', 'sluice', 'crane'])} of bay {number}",
        "status": status,
        "criteria": [f"bay {number} holds"],
        "effort_points": pick.randint(1, 8),
    }
    if pick.random() < 0.1:
        made["risk_level"] = pick.choice(["medium", "high", "critical"])
    return made


_ANY = re.compile(r"\d+")


class FlowPage:
    """The page of one project, and the same project through the API."""

    def __init__(self, page: Page, client: Client, url: str, project: str) -> None:
        self.page, self.client, self.project = page, client, project
        self.address = f"{url}/projects/{project}/flow"
        self.root = page.locator("#flow")
        self.canvas = page.locator("#flow-canvas")
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on(
            "console",
            lambda told: self.troubles.append(told.text) if told.type == "error" else None,
        )

    def open(self, query: str = "") -> "FlowPage":
        """Go there and wait until the graph is drawn."""
        self.page.goto(self.address + query)
        expect(self.root).to_have_attribute("data-ready", _ANY)
        return self

    def selects(self, identifier: str) -> None:
        """The node is the selected one."""
        expect(self.root).to_have_attribute("data-selected", identifier)

    def elsewhere(self, operations: list[dict[str, Any]]) -> None:
        """Somebody else's clone syncs."""
        stored = self.client.plans.get(self.project)
        after = document_hash(apply(stored.document, operations))
        self.client.plans.sync(
            self.project,
            base_revision=stored.revision,
            operations=operations,
            document_hash=after,
        )
