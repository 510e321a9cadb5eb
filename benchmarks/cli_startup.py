"""How long `br` takes, as ratios to a bare start of the same interpreter.

    python benchmarks/cli_startup.py [--runs N] [--peers]

Every row is the median of N runs, interleaved with the others so that a busy moment hits all alike.
`cold` runs begin with a plan whose index is gone. `--peers` also installs npm's `task-master-ai` and
`backlog.md` into a temporary folder and gives them the same 10,000 tasks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plans import make_plan

BR = str(Path(sys.executable).with_name("br"))
# What the command line promises, as multiples of `python -c pass`.
LIMITS = {
    "br --version": 2.0,
    "br --help": 2.0,
    "br status, 100": 3.0,
    "br status, 10,000": 8.0,
    "br next, 10,000": 8.0,
    "br lint, 10,000": 15.0,
}
# What the peers must be slower by.
PEERS = {
    "task-master-ai next": ("br next, 10,000", 40),
    "backlog.md task view": ("br next, 10,000", 10),
}

Case = tuple[str, list[str], Path, Callable[[], None] | None]


def workspace(folder: Path, count: int) -> Path:
    """A workspace whose plan has `count` microsteps."""
    folder.mkdir()
    subprocess.run([BR, "init", "--quiet"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    plan = folder / "buildrunner" / "specs" / "plan.json"
    plan.write_text(json.dumps(make_plan(count), indent=2) + "\n", encoding="utf-8")
    return folder


def measure(case: Case) -> float:
    """Seconds from start to end of one run."""
    _, command, folder, prepare = case
    if prepare is not None:
        prepare()
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began


def medians(cases: list[Case], runs: int) -> dict[str, float]:
    """Case → median seconds."""
    times: dict[str, list[float]] = {name: [] for name, *_ in cases}
    for case in cases:
        measure(case)
    for _ in range(runs):
        for case in cases:
            times[case[0]].append(measure(case))
    return {name: statistics.median(found) for name, found in times.items()}


def own_cases(folder: Path) -> list[Case]:
    """The rows of the table."""
    small, large = workspace(folder / "small", 100), workspace(folder / "large", 10_000)
    index = large / "buildrunner" / "state" / "index.json"

    def forget() -> None:
        index.unlink(missing_ok=True)

    time.sleep(0.1)  # a plan just written is not indexed yet, see workspace/index.py
    return [
        ("python -c pass", [sys.executable, "-c", "pass"], folder, None),
        ("br --version", [BR, "--version"], folder, None),
        ("br --help", [BR, "--help"], folder, None),
        ("br status, 100", [BR, "status"], small, None),
        ("br next, 100", [BR, "next"], small, None),
        ("br status, 10,000", [BR, "status"], large, None),
        ("br next, 10,000", [BR, "next"], large, None),
        ("br next, 10,000, cold", [BR, "next"], large, forget),
        ("br list, 10,000", [BR, "list"], large, None),
        ("br show, 10,000", [BR, "show", "m50.s5.ms5"], large, None),
        ("br lint, 10,000", [BR, "lint"], large, None),
    ]


def taskmaster_tasks(plan: dict[str, Any]) -> dict[str, Any]:
    """The same work as task-master's tagged tasks.json."""
    numbers: dict[str, int] = {}
    tasks = []
    words = {"todo": "pending", "doing": "in-progress", "blocked": "blocked", "done": "done"}
    for milestone in plan["milestones"]:
        for step in milestone["steps"]:
            for microstep in step["microsteps"]:
                numbers[microstep["id"]] = len(numbers) + 1
                tasks.append(
                    {
                        "id": numbers[microstep["id"]],
                        "title": microstep["title"],
                        "description": microstep["criteria"][0],
                        "details": "",
                        "testStrategy": "; ".join(microstep["criteria"]),
                        "status": words[microstep["status"]],
                        "priority": {"P1": "high", "P2": "medium", "P3": "low"}[
                            microstep["priority"]
                        ],
                        "dependencies": [
                            numbers[n] for n in microstep.get("depends_on", []) if n in numbers
                        ],
                        "subtasks": [],
                    }
                )
    return {"master": {"tasks": tasks, "metadata": {"description": "benchmark"}}}


def backlog_files(folder: Path, plan: dict[str, Any]) -> None:
    """The same work as Backlog.md's Markdown files."""
    tasks = folder / "backlog" / "tasks"
    tasks.mkdir(parents=True)
    (folder / "backlog" / "config.yml").write_text(
        'project_name: "benchmark"\ndefault_status: "To Do"\nstatuses: ["To Do", "In Progress", "Done"]\n'
        "labels: []\nmilestones: []\ndate_format: yyyy-mm-dd\ncheck_active_branches: false\n"
        'remote_operations: false\nauto_commit: false\ntask_prefix: "task"\n'
    )
    number = 0
    for milestone in plan["milestones"]:
        for step in milestone["steps"]:
            for microstep in step["microsteps"]:
                number += 1
                status = {"done": "Done", "doing": "In Progress"}.get(microstep["status"], "To Do")
                title = microstep["title"].replace("(", "").replace(")", "")
                criteria = "\n".join(
                    f"- [ ] #{place} {text}" for place, text in enumerate(microstep["criteria"], 1)
                )
                (
                    tasks / f"task-{number} - {title.replace(' ', '-').replace('/', '-')}.md"
                ).write_text(
                    f"---\nid: task-{number}\ntitle: {title}\nstatus: {status}\nassignee: []\n"
                    f"created_date: '2025-11-01'\nlabels: []\ndependencies: []\n---\n\n"
                    f"## Acceptance Criteria\n<!-- AC:BEGIN -->\n{criteria}\n<!-- AC:END -->\n"
                )


def peer_cases(folder: Path) -> list[Case]:
    """npm's task-master-ai and backlog.md on the same tasks."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("--peers needs npm")
    tools, plan = folder / "tools", make_plan(10_000)
    tools.mkdir()
    print("installing the peers …", file=sys.stderr)
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "task-master-ai", "backlog.md"],
        cwd=tools, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    bin_dir = tools / "node_modules" / ".bin"
    master, backlog = folder / "master", folder / "backlog-project"
    tasks = master / ".taskmaster" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "tasks.json").write_text(json.dumps(taskmaster_tasks(plan), indent=2))
    backlog.mkdir()
    backlog_files(backlog, plan)
    for each in (master, backlog):
        subprocess.run(["git", "init", "-q"], cwd=each, check=True)
    return [
        ("task-master-ai next", [str(bin_dir / "task-master"), "next"], master, None),
        (
            "backlog.md task view",
            [str(bin_dir / "backlog"), "task", "view", "task-5000", "--plain"],
            backlog,
            None,
        ),
    ]


def report(found: dict[str, float]) -> bool:
    """Print the table; whether every limit holds."""
    base = found["python -c pass"]
    fine = True
    print(f"{'':32}{'ms':>9}{'ratio':>9}{'limit':>9}")
    for name, seconds in found.items():
        ratio, limit = seconds / base, LIMITS.get(name)
        held = limit is None or ratio <= limit
        fine = fine and held
        mark = "" if held else "  over"
        print(f"{name:32}{seconds * 1000:9.1f}{ratio:9.2f}{limit if limit else '':>9}{mark}")
    for peer, (own, factor) in PEERS.items():
        if peer in found:
            times = found[peer] / found[own]
            fine = fine and times >= factor
            print(f"{own} is 1/{times:.0f} of {peer} (limit 1/{factor})")
    return fine


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=15)
    options.add_argument("--peers", action="store_true")
    given = options.parse_args()
    os.environ["HOME"] = tempfile.gettempdir()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = medians(own_cases(folder), given.runs)
        if given.peers:
            found |= medians(peer_cases(folder), max(1, min(3, given.runs)))
    return 0 if report(found) else 1


if __name__ == "__main__":
    sys.exit(main())
