"""Drafts from what a repository shows and from other tools' files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from buildrunner.spec.diff import apply
from buildrunner.spec.drafting import Request, addition, chosen, draft, empty_plan
from buildrunner.spec.errors import SpecError
from buildrunner.spec.layout import dumps
from buildrunner.spec.lint import lint

NOW = "2026-01-02T03:04:05Z"
FORMATS = Path(__file__).parents[1] / "data" / "formats"
FACTS: dict[str, Any] = {
    "name": "parcel",
    "files": 12,
    "readme_path": "README.md",
    "readme": "# parcel\n\nTracks parcels.\n\n## Roadmap\n\n- Search parcels by number\n- Export as CSV\n\n## License\n\nMIT",
    "marks": [
        {"path": "src/api.py", "line": 14, "kind": "TODO", "text": "handle carriers without tracking"},
        {"path": "src/api.py", "line": 90, "kind": "FIXME", "text": "(ana): race between two scans"},
        {"path": "web/app.js", "line": 3, "kind": "TODO", "text": ""},
    ],
    "untested": ["src/import"],
    "ci": [],
    "license": "LICENSE",
    "languages": {"Python": 9, "JavaScript": 3},
}  # fmt: skip


def test_a_repository_s_marks_gaps_and_roadmap() -> None:
    found = draft(Request("repository", facts=FACTS)).as_dict()
    titles = [each["title"] for each in found["items"]]
    assert "Search parcels by number" in titles
    mark = next(each for each in found["items"] if each["title"] == "Race between two scans")
    assert mark["source"]["name"] == "src/api.py"
    assert mark["source"]["line"] == 90
    assert mark["fields"]["owner"] == "ana"
    assert mark["fields"]["priority"] == "P1"
    assert "Test src/import" in titles
    assert "Run tests and checks in CI" in titles
    assert "Choose a licence" not in titles
    searched = next(each for each in found["items"] if each["title"] == "Search parcels by number")
    assert searched["source"] == {
        "name": "README.md",
        "line": 7,
        "text": "Search parcels by number",
    }
    plan = empty_plan("parcel", "p")
    after = apply(plan, addition(plan, found["items"], now=NOW).operations)
    assert lint(dumps(after).encode()) == []
    assert draft(Request("repository", facts=FACTS, existing=after)).items == []


def test_an_empty_repository_is_refused() -> None:
    with pytest.raises(SpecError, match="no file in this repository"):
        draft(Request("repository", facts={"files": 0}))


@pytest.mark.parametrize("folder", ["taskmaster", "beads"])
def test_a_tracker_s_file_item_by_item(folder: str) -> None:
    path = next(each for each in sorted((FORMATS / folder).rglob("*")) if each.is_file())
    text = path.read_text("utf-8")
    found = draft(Request("tracker", text, name=path.name)).as_dict()
    assert found["items"]
    assert all(each["why"] for each in found["items"])
    plan = empty_plan("p", "p")
    after = apply(plan, addition(plan, chosen(found["items"], None), now=NOW).operations)
    assert [one for one in lint(dumps(after).encode()) if one.severity == "error"] == []
    assert draft(Request("tracker", text, name=path.name, existing=after)).items == []


def test_a_file_that_no_importer_reads_is_refused() -> None:
    with pytest.raises(SpecError) as refused:
        draft(Request("tracker", "what is this", name="x.bin"))
    assert refused.value.hint
