"""What the page Create shows to begin with: kinds of input, and examples that teach."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    ("prompt", "Prompt"),
    ("prd", "PRD or notes in Markdown"),
    ("tracker", "Another tool's file"),
    ("model", "A model's answer (JSON)"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A text to start from, and what it shows."""

    title: str
    kind: str
    lesson: str
    text: str


EXAMPLES = {
    "sentences": Example(
        "A few sentences",
        "prompt",
        "Who can do what, one wish a clause. A number spares a question.",
        "Build a booking site where patients can choose a free slot and get a reminder by email. "
        "Staff can sign in, manage doctors and export appointments as CSV.\n"
        "Search must answer in under 300 ms for 10,000 appointments. No payments for now.\n",
    ),
    "list": Example(
        "A list of wishes",
        "prompt",
        "One entry, one microstep. “so that” says why it matters.",
        "- Create, edit and archive notes\n"
        "- As a reader, I want to search notes so that I find an answer in a minute\n"
        "- Must have: share a note by a link that expires after 7 days\n"
        "- Deploy with Docker on one server\n",
    ),
    "prd": Example(
        "A PRD with headings",
        "prd",
        "Headings become steps, entries microsteps, nested entries criteria.",
        "# Team calendar\n\n"
        "## Non-goals\n\n- Video calls\n\n"
        "## Events\n\n"
        "- Create recurring events\n"
        "  - A weekly event of one year shows 52 times\n"
        "  - Changing one occurrence leaves the others\n"
        "- Import a calendar from an .ics file\n\n"
        "Acceptance criteria:\n\n"
        "- Given two people with one free hour, when a meeting is proposed, then that hour is offered\n\n"
        "## Quality\n\n| Requirement | Priority | Acceptance criteria |\n|---|---|---|\n"
        "| Month view | High | 500 events in under 300 ms |\n\n"
        "## Open questions\n\n- Which time zones?\n",
    ),
}
