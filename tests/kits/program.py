"""`br` as a program in a folder of its own: no user settings, no keys, no colours from outside."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """What a run of `br` printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass
class Br:
    """Runs `br` in `cwd`: `br("status", "--json").json["counts"]`."""

    cwd: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "", **env: str) -> Answer:
        done = subprocess.run(
            self.command(*words),
            cwd=self.cwd,
            env=self.env | env,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "buildrunner.cli", *words]

    def ok(self, *words: str, **env: str) -> dict[str, Any]:
        """The JSON answer of a command that must succeed."""
        answer = self(*words, "--json", **env)
        assert answer.code == 0, answer.out + answer.err
        return answer.json

    def finish(self, *identifiers: str, **env: str) -> dict[str, Any]:
        """Vouch for microsteps and set them to done: the answer of `br done`."""
        for identifier in identifiers:
            self.ok("qa", "signoff", identifier, **env)
        return self.ok("done", *identifiers, **env)

    def git(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.cwd, env=self.env, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def plan_path(self) -> Path:
        return self.cwd / "buildrunner" / "specs" / "plan.json"

    @property
    def plan(self) -> dict[str, Any]:
        return json.loads(self.plan_path.read_text())

    @property
    def state(self) -> dict[str, Any]:
        path = self.cwd / "buildrunner" / "state" / "runner_state.json"
        return json.loads(path.read_text())

    def write(self, plan: dict[str, Any]) -> None:
        self.plan_path.write_text(json.dumps(plan, indent=2) + "\n")

    def microstep(self, identifier: str) -> dict[str, Any]:
        for milestone in self.plan["milestones"]:
            for step in milestone["steps"]:
                for microstep in step["microsteps"]:
                    if microstep["id"] == identifier:
                        return microstep
        raise KeyError(identifier)


def clean_environment(home: Path) -> dict[str, str]:
    """An environment of a user who has set nothing."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_EDITOR": "true",
        "USER": "ada",
    }
