"""Plans of any size for benchmarks and tests: `python benchmarks/plans.py N > plan.json`."""

from __future__ import annotations

import random
import sys
from typing import Any

from buildrunner.spec import layout

MICROSTEPS_A_STEP = 10
STEPS_A_MILESTONE = 10

_VERBS = ("Add", "Move", "Guard", "Measure", "Describe", "Render", "Store", "Replay", "Verify")
_NOUNS = (
    "sign-in by one-time link",
    "the revision store",
    "row-level security",
    "rate limits",
    "the event stream",
    "CSV import",
    "the dependency graph",
    "evidence upload",
    "audit export",
    "keyboard navigation",
)
_OUTCOMES = (
    "returns 200 with the stored document",
    "fails with a problem+json body that names the field",
    "renders without errors at 390 and 1440 px",
    "re-running is safe and changes nothing",
    "lint passes and the file is committed",
    "two clones end on the same hash",
    "logs carry the request id and no secret",
)
_OWNERS = ("ada@example.org", "grace@example.org", "linus@example.org", "barbara@example.org")
_RISKS = ("low", "low", "low", "medium", "high")


def _microstep(rng: random.Random, identifier: str, number: int, done: bool) -> dict[str, Any]:
    noun = rng.choice(_NOUNS)
    microstep: dict[str, Any] = {
        "id": identifier,
        "title": f"{rng.choice(_VERBS)} {noun} ({identifier})",
        "status": "done" if done else rng.choice(("todo", "todo", "todo", "doing", "blocked")),
        "criteria": [f"{noun}: {text}" for text in rng.sample(_OUTCOMES, rng.randint(1, 3))],
        "owner": rng.choice(_OWNERS),
        "effort_points": rng.randint(1, 13),
        "impact_score": rng.randint(1, 10),
        "priority": rng.choice(("P1", "P2", "P3")),
        "risk_level": rng.choice(_RISKS),
    }
    if microstep["risk_level"] == "high":
        microstep["rollback_plan"] = "Revert the release and restore the last checkpoint."
    if rng.random() < 0.2:
        microstep["links"] = [f"https://example.org/issues/{number}"]
    return microstep


def make_plan(n: int, seed: int = 0) -> dict[str, Any]:
    """A valid plan of `n` microsteps, ten to a step and ten steps to a milestone.

    A microstep depends on the one before it in its step (70 %) and now and then on an
    earlier step; the first third is done. Equal arguments give equal plans.
    """
    rng = random.Random(seed)
    milestones: list[dict[str, Any]] = []
    first_of_steps: list[str] = []
    previous = ""
    for number in range(n):
        step_number, place = divmod(number, MICROSTEPS_A_STEP)
        milestone_number, step_place = divmod(step_number, STEPS_A_MILESTONE)
        milestone_id = f"m{milestone_number + 1}"
        step_id = f"{milestone_id}.s{step_place + 1}"
        if place == 0 and step_place == 0:
            title = f"Milestone {milestone_number + 1}: {rng.choice(_NOUNS)}"
            milestones.append({"id": milestone_id, "title": title, "steps": []})
        if place == 0:
            step = {"id": step_id, "title": f"Step {step_number + 1}: {rng.choice(_NOUNS)}"}
            milestones[-1]["steps"].append({**step, "microsteps": []})
        identifier = f"{step_id}.ms{place + 1}"
        microstep = _microstep(rng, identifier, number, done=number < n // 3)
        depends_on = [previous] if place and rng.random() < 0.7 else []
        if place == 0 and first_of_steps and rng.random() < 0.5:
            depends_on.append(rng.choice(first_of_steps[-20:]))
        if depends_on:
            microstep["depends_on"] = depends_on
        if place == 0:
            first_of_steps.append(identifier)
        milestones[-1]["steps"][-1]["microsteps"].append(microstep)
        previous = identifier
    return {
        "projectId": f"benchmark-{n}-{seed}",
        "title": f"A plan of {n} microsteps",
        "version": "1.0.0",
        "updatedAt": "2025-11-01T12:00:00Z",
        "milestones": milestones,
    }


def main() -> int:
    """Print a plan of N microsteps in the default layout."""
    if len(sys.argv) not in (2, 3) or not all(a.isdigit() for a in sys.argv[1:]):
        print("usage: python benchmarks/plans.py N [SEED] > plan.json", file=sys.stderr)
        return 2
    sys.stdout.write(layout.dumps(make_plan(*map(int, sys.argv[1:]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
