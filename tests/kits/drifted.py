"""A project that drifted in every way, told by a clone and by CI."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from buildrunner.client import Client
from buildrunner.spec.document import index

PHASE8 = json.loads(
    (Path(__file__).parents[1] / "data" / "plans" / "buildrunner-phase8.json").read_text()
)
CLONE = "8c5f2a90d1e3b746"
ONE, TWO, THREE, FOUR = "m1.s1.ms1", "m1.s1.ms2", "m2.s1.ms1", "m2.s1.ms2"


def plan() -> dict[str, Any]:
    """A plan in which half is done and nothing is proven."""
    made = copy.deepcopy(PHASE8)
    for place, entity in enumerate(index(made).values()):
        if entity.kind == "microstep":
            entity.value["status"] = "done" if place % 9 == 0 else "todo"
    return made


def conflict(identifier: str, field: str, ours: Any, **members: Any) -> dict[str, Any]:
    """A conflict in which theirs is what the plan holds."""
    value = index(plan())[identifier].value
    sides = {"base": f"{value['title']} (draft)", "ours": ours}
    if field in value:
        sides["theirs"] = value[field]
    return {"id": identifier, "kind": "field", "field": field, "title": value["title"],
            **sides, **members}  # fmt: skip


def conflicts() -> list[dict[str, Any]]:
    """Text, a list, what only one side has, and an entity."""
    criteria = index(plan())[TWO].value["criteria"]
    ours = [*criteria[:1], "The gauge is read twice, and the two readings are compared"]
    return [
        conflict(ONE, "title", "Read the tide gauge every ten minutes, by day and by night"),
        conflict(TWO, "criteria", ours, base=criteria[:1]),
        {k: v for k, v in conflict(THREE, "owner", "ines").items() if k not in ("base", "theirs")},
        conflict(FOUR, "entity", None, kind="entity", base={"id": FOUR}, theirs={"id": FOUR}),
    ]


def findings() -> list[dict[str, Any]]:
    """What only a repository knows."""
    commit = "5e1c0f1a2b3c"
    found = [
        {"code": "microstep_unknown", "where": f"commit {commit}", "id": "m9.s1.ms4",
         "what": f"{commit} “feat: tide alarm (m9.s1.ms4)” names m9.s1.ms4, which no plan has",
         "command": f"git show {commit}"},
        {"code": "field_unsent", "where": f"{TWO}.owner", "id": TWO, "field": "owner",
         "what": f"{TWO}: owner: ines", "command": "br sync"},
        {"code": "work_idle", "where": "buildrunner/specs/plan.json:212", "id": THREE,
         "field": "status", "command": f"br todo {THREE}",
         "what": "“Harbour master” is in work, and its last commit is 12 days ago (2026-11-11)"},
    ]  # fmt: skip
    found += [
        {"code": "file_unplanned", "where": f"src/harbour/station_{n}.py",
         "path": f"src/harbour/station_{n}.py",
         "what": f"changed by {commit} “wip”, which names no "
                 "microstep, and no check watches it",
         "command": f"br qa add ID --kind command --path src/harbour/station_{n}.py --run 'COMMAND'"}
        for n in range(12)
    ]  # fmt: skip
    return found


def overlaps() -> list[dict[str, Any]]:
    """Two branches that will conflict, and commits of both that name one microstep."""
    said = {"words": [f"{ONE}: title: Tide → Read the gauge"]}
    other = {"words": [f"{ONE}: title: Tide → Hear the radio", f"{ONE}: owner: ada"]}
    return [
        {
            "branches": ["feature/gauge", "feature/radio"],
            "meetings": [
                {"id": ONE, "title": "Tide", "conflict": True, "fields": ["title"],
                 "ours": said, "theirs": other}
            ],
            "commits": [
                {"id": TWO, "title": "Alarm", "ours": ["feat: bell"], "theirs": ["fix: siren"]}
            ],
        }
    ]  # fmt: skip


def make_drift(client: Client, title: str = "Tide tables") -> str:
    """The id of a project with all of that."""
    project = client.projects.create(title).id
    client.plans.put(project, plan())
    client.drift.report(
        project, CLONE, label="ines@harbour:tide-tables", branch="main", commit="5e1c0f1a2b3c" + "0" * 28,
        base_revision=1, findings=findings(), conflicts=conflicts(),
    )  # fmt: skip
    client.drift.report(
        project, "ci:github", label="GitHub Actions", branch="feature/gauge", overlaps=overlaps()
    )
    return project
