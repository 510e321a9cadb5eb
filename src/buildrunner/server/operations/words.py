"""What the operator reads: on stderr, in colour only on a terminal."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import buildrunner
from buildrunner.server.platform.errors import OperatorProblem


class Words:
    """Writes for people on stderr, or, with `--json`, one object on stdout and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        terminal = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        self._color = terminal and os.environ.get("TERM") != "dumb"
        self._began = time.monotonic()

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._color else text

    def bold(self, text: str) -> str:
        """For what matters most."""
        return self._paint("1", text)

    def faint(self, text: str) -> str:
        """For what may be overlooked."""
        return self._paint("2", text)

    def say(self, text: str = "") -> None:
        """A line for people."""
        if not self.as_json:
            print(text, file=sys.stderr, flush=True)

    def done(self, what: str) -> None:
        """A finished step and the seconds since the start."""
        seconds = self.faint(f"{time.monotonic() - self._began:4.1f} s")
        self.say(f"  {self._paint('32', '✓')} {what:<46} {seconds}")

    def note(self, text: str) -> None:
        """Something to know that stops nothing."""
        self.say(f"  {self._paint('33', '!')} {text}")

    def emit(self, data: dict[str, object]) -> None:
        """The one line of JSON."""
        print(json.dumps(data, ensure_ascii=False), flush=True)

    def refuse(
        self, problem: OperatorProblem, *, code: str = "refused", command: str | None = None
    ) -> None:
        """What went wrong and what to do; `command` is what to type, where that is all."""
        if self.as_json:
            self.emit(
                {
                    "error": {
                        "code": code,
                        "message": problem.message,
                        "missing": [],
                        "next_command": command,
                        "hint": problem.hint,
                    }
                }
            )
            return
        print(f"{self._paint('31', '✗')} {problem.message}", file=sys.stderr)
        if problem.hint:
            print(f"  {problem.hint}", file=sys.stderr)


def ready(
    words: Words, *, url: str, link: str, api_key: str | None, project_id: str, data_dir: Path
) -> None:
    """The end of a start: where it runs, the way in, and what to type next."""
    words.say()
    words.say(f"  {words.bold(f'BuildRunner {buildrunner.__version__}')} runs at {words.bold(url)}")
    words.say()
    words.say(f"  Sign in {words.faint('(this link works once, within the hour)')}")
    words.say(f"    {link}")
    words.say()
    if api_key:
        words.say(f"  Your API key {words.faint('(shown this once)')}")
        words.say(f"    {api_key}")
        words.say()
    login = f"br login --server {url}" + (f" --api-key {api_key}" if api_key else "")
    words.say(f"  Next, in a repository {words.faint('(in another terminal)')}")
    words.say(f"    {login}")
    words.say(f"    br link {project_id or 'PROJECT_ID'} --server {url}")
    words.say("    br sync --pull")
    words.say()
    words.say(words.faint(f"  Data and logs are in {data_dir}. Ctrl-C stops everything."))
