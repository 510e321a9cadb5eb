"""The Plan page as somebody at a browser uses it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from buildrunner.client import Client
from buildrunner.spec.diff import apply
from buildrunner.spec.document import document_hash

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class PlanPage:
    """A page of one project's plan, and the same project through the API."""

    def __init__(self, page: Page, client: Client, url: str, project: str) -> None:
        self.page = page
        self.client = client
        self.project = project
        self.address = f"{url}/projects/{project}/plan"
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.troubles.append(message.text)

    def open(self, path: str = "", *, live: bool = True) -> "PlanPage":
        """Go there and wait until the page follows what others do."""
        self.page.goto(self.address + path)
        if live:
            expect(self.page.locator("[data-live]")).to_have_attribute("data-state", "open")
        return self

    def part(self, name: str) -> Locator:
        """A row (`row:ID`) or heading (`head:ID`) of the tree."""
        return self.page.locator(f'#plan [data-part="{name}"]')

    def row(self, identifier: str) -> Locator:
        """A microstep."""
        return self.part(f"row:{identifier}")

    def order(self, step: str) -> list[str]:
        """The ids of a step's rows as the page shows them."""
        rows = self.page.locator(f'#plan [data-rows="{step}"] .row[data-id]')
        found: list[str] = rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
        return found

    def focus(self, identifier: str) -> None:
        """Go to a row as `j` and `k` do."""
        self.row(identifier).locator("[data-nav]").focus()

    def focused(self) -> str | None:
        """The id of the entry that has the focus."""
        found: str | None = self.page.evaluate(
            "document.activeElement.closest('.entry')?.dataset.id ?? null"
        )
        return found

    def press(self, *keys: str) -> None:
        """Keys, one after the other, once the page's scripts hear them."""
        self.page.wait_for_load_state()
        for key in keys:
            self.page.keyboard.press(key)

    def edit_title(self, identifier: str, title: str) -> None:
        """Type a title where it stands; it is not saved yet."""
        self.focus(identifier)
        self.press("e", "Control+a")
        self.page.keyboard.type(title)

    def elsewhere(self, *operations: dict[str, Any]) -> int:
        """Somebody else changes the plan, through the API; the new revision."""
        stored = self.client.plans.get(self.project)
        return self.client.plans.sync(
            self.project,
            base_revision=stored.revision,
            operations=list(operations),
            document_hash=document_hash(apply(stored.document, list(operations))),
        ).revision

    def stored(self, identifier: str) -> dict[str, Any]:
        """The microstep as the server holds it."""
        document = self.client.plans.get(self.project).document
        return next(
            row
            for milestone in document["milestones"]
            for step in milestone["steps"]
            for row in step["microsteps"]
            if row["id"] == identifier
        )


def retitle(identifier: str, title: str) -> dict[str, Any]:
    """The operation that changes a title."""
    return {"op": "set", "id": identifier, "field": "title", "value": title}


def restate(identifier: str, status: str) -> dict[str, Any]:
    """The operation that changes a status."""
    return {"op": "set", "id": identifier, "field": "status", "value": status}


def large_plan() -> dict[str, Any]:
    """20 milestones of 20 steps of 25 microsteps: 10,000 rows, a third of them done."""

    def status(milestone: int, number: int) -> str:
        return "done" if milestone < 8 else ("todo", "doing")[number % 2 if milestone == 8 else 0]

    return {
        "projectId": "large",
        "title": "Ten thousand microsteps",
        "version": "0.1.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": f"m{a}",
                "title": f"Milestone {a}: bring one more subsystem into the runner",
                "steps": [
                    {
                        "id": f"m{a}.s{b}",
                        "title": f"Step {b} of milestone {a}",
                        "microsteps": [
                            {
                                "id": f"m{a}.s{b}.ms{c}",
                                "title": f"Handle case {c} and its error path",
                                "status": status(a, b + c),
                                "criteria": ["It answers within 100 ms", "It refuses bad input"],
                            }
                            for c in range(1, 26)
                        ],
                    }
                    for b in range(1, 21)
                ],
            }
            for a in range(1, 21)
        ],
    }


def odd_plan() -> dict[str, Any]:
    """Titles that break pages: markup, endless words, right-to-left, emoji."""
    titles = [
        '<script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'">',
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihung" * 5,
        "مرحبا بالعالم: تحقق من الخطة ثم شغّلها",
        "🚀 Ship it 👩‍💻 with emoji 🧪",
        "A title that goes on " * 20,
        "{{ 7|add:7 }} {% now 'Y' %} ${1+1}",
    ]
    return {
        "projectId": "odd",
        "title": "Odd " + "Überlangeswort" * 12,
        "version": "0.1.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": titles[1],
                "phase": "Q" * 40,
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": titles[0],
                        "microsteps": [
                            {
                                "id": f"m1.s1.{'very-long-' * 6}{n}" if n == 2 else f"m1.s1.ms{n}",
                                "title": title,
                                "status": "blocked" if n % 2 else "doing",
                                "criteria": [title],
                                "owner": title[:60],
                                "priority": "P1",
                                "risk_level": "critical",
                                "rollback_plan": "Go back.",
                                "effort_points": 100,
                            }
                            for n, title in enumerate(titles)
                        ],
                    }
                ],
            }
        ],
    }


def breaches(page: Page, rules: list[str] | None = None, *, within: str | None = None) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, one line a rule.

    `rules` asks for these alone, `within` (a CSS selector) looks at a part of the page.
    """
    page.evaluate("scrollTo(0, 0)")  # rows half under the sticky heading are no small targets
    answer = Axe().run(page, context=within, options={"runOnly": rules or RULES}).response
    return [
        f"{found['id']}: {found['help']} {[node['target'] for node in found['nodes'][:3]]}"
        for found in answer["violations"]
    ]
