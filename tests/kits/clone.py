"""A clone of a repository as a person has it: a folder, git, and `br`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BR = [sys.executable, "-m", "buildrunner.cli"]
PLAN = Path("buildrunner", "specs", "plan.json")


class Clone:
    """A folder with git, and an environment of its own for `br`.

    `server` and `api_key` go into `BR_SERVER` and `BR_API_KEY`; nothing of the caller's
    configuration is seen.
    """

    def __init__(
        self, root: Path, *, server: str = "", api_key: str = "", actor: str = "", git: bool = True
    ) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        home = root.parent / f".home-{root.name}"
        home.mkdir(exist_ok=True)
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("BR_", "GIT_", "XDG_"))}
        self.environment = keep | {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
            "BR_ACTOR": actor or root.name,
        }
        if server:
            self.environment["BR_SERVER"] = server
        if api_key:
            self.environment["BR_API_KEY"] = api_key
        if git and not (root / ".git").exists():
            self.git("init", "-q", "-b", "main")
        if git:
            self.git("config", "user.email", f"{root.name}@example.org")
            self.git("config", "user.name", root.name)

    def git(self, *words: str, check: bool = True) -> str:
        """Run git here and return what it prints."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `br` here and return how it ended."""
        return subprocess.run(
            [*BR, *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            input=stdin or "",
            check=False,
        )

    def br(self, *words: str, exit_code: int = 0) -> dict[str, Any]:
        """Run `br … --json`, expect an exit code, return the answer."""
        done = self.run(*words, "--json")
        assert done.returncode == exit_code, (words, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    @property
    def plan_path(self) -> Path:
        return self.root / PLAN

    @property
    def plan(self) -> dict[str, Any]:
        """The plan file as it stands."""
        loaded: dict[str, Any] = json.loads(self.plan_path.read_text(encoding="utf-8"))
        return loaded

    def write(self, plan: dict[str, Any]) -> None:
        """Put a plan in place by hand, as an editor would."""
        self.plan_path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(plan, indent=2, ensure_ascii=False) + "\n"
        self.plan_path.write_text(text, encoding="utf-8")
