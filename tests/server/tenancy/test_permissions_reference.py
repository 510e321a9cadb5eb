"""docs/reference/permissions.md says what the table says.

To write it anew: `BR_UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/server/tenancy/test_permissions_reference.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

from buildrunner.server.domains.tenancy import rules

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "permissions.md"


def grid(columns: dict[str, frozenset[str]]) -> list[str]:
    shown = [name for name in rules.PERMISSIONS if any(name in c for c in columns.values())]
    lines = [
        "| permission | lets you | " + " | ".join(f"`{name}`" for name in columns) + " |",
        "|---|---|" + "---|" * len(columns),
    ]
    for name in shown:
        marks = ["yes" if name in allowed else "" for allowed in columns.values()]
        lines.append(f"| `{name}` | {rules.PERMISSIONS[name]} | " + " | ".join(marks) + " |")
    return lines


def reference() -> str:
    return "\n".join(
        [
            "# Permissions",
            "",
            "One table, in `domains/tenancy/rules.py`; pages, API, command line and agents obey it. What",
            "somebody may do in a project is what their role in the organization and their role in the",
            "project allow together. An API key acts as its person and at most within its scopes.",
            "",
            "Outside one's organizations everything is absent (404). Inside, a refusal (403) names the",
            "missing permission and who can grant it.",
            "",
            "## Roles in an organization",
            "",
            *grid(rules.ORG_ROLES),
            "",
            "Owners and admins hold their permissions in every project of the organization. Only an owner",
            "makes, changes or removes an owner. A service account is a member or an admin.",
            "",
            "## Roles in a project",
            "",
            *grid(rules.PROJECT_ROLES),
            "",
            "Whoever creates a project is its PM. A project's people are members of its organization first.",
            "Nobody hands out a role that may more than he may himself. While a project is archived nobody",
            "holds " + ", ".join(f"`{name}`" for name in sorted(rules.FROZEN)) + " in it.",
            "",
            "## Scopes of API keys",
            "",
            *grid(rules.SCOPES),
            "",
            "A key makes no key that may more or lives longer than itself. What concerns the account",
            "(organizations, personal keys) needs a browser session or a personal key with `*`.",
            "",
        ]
    )


def test_the_page_is_the_table() -> None:
    if os.environ.get("BR_UPDATE_SNAPSHOTS"):
        PAGE.write_text(reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == reference()
