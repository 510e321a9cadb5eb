"""Small plans, and folders that hold one."""

import json
import subprocess
from pathlib import Path
from typing import Any

from buildrunner.workspace import Workspace


def make_plan(per_step: int = 3) -> dict[str, Any]:
    """Three steps in one milestone, `per_step` microsteps each."""
    return {
        "projectId": "test",
        "title": "Test",
        "version": "1.0.0",
        "milestones": [
            {
                "id": "m1",
                "title": "First",
                "steps": [
                    {
                        "id": f"m1.s{s}",
                        "title": f"Step {s}",
                        "microsteps": [
                            {
                                "id": f"m1.s{s}.ms{n}",
                                "title": f"Microstep {s}.{n}",
                                "status": "todo",
                                "criteria": ["it holds"],
                            }
                            for n in range(1, per_step + 1)
                        ],
                    }
                    for s in range(1, 4)
                ],
            }
        ],
    }


def place(root: Path, plan: dict[str, Any]) -> Workspace:
    workspace = Workspace(str(root))
    Path(workspace.plan_path).parent.mkdir(parents=True)
    Path(workspace.plan_path).write_text(json.dumps(plan, indent=2) + "\n")
    return workspace


def git(folder: Path, *words: str) -> str:
    """Run git as Ada; what it printed."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
