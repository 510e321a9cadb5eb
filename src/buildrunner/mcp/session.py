"""One agent's run: who it is, what it holds, and a journal of what it did."""

from __future__ import annotations

import json
import os
import secrets
import time
from typing import Any

import anyio

from buildrunner.workspace import files, git
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.program import Answer, run

FOLDER = "sessions"
# A third of the shortest time that a claim lasts: two beats may be lost.
HEARTBEAT = 600.0
_LONGEST = 200


class Session:
    """Runs commands as one agent. `id` names the run in the journal and in the plan's history."""

    def __init__(self, workspace: Workspace, actor: str) -> None:
        self.id = time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + secrets.token_hex(4)
        self.actor = actor
        self.held: set[str] = set()
        self._workspace = workspace
        self._writing = anyio.Lock()

    async def run(self, verb: str, words: tuple[str, ...], stdin: str = "") -> Answer:
        """Run a command, remember the claims it gained or gave, and write it into the journal."""
        env = {"BR_ACTOR": self.actor, "BR_SESSION": self.id}
        async with self._writing:
            answer = await run(self._workspace.root, *words, stdin=stdin, env=env)
        self._remember(words, answer)
        self._journal(verb, words, answer)
        return answer

    async def beat(self) -> None:
        """Renew what is held, for as long as the agent is connected."""
        while True:
            await anyio.sleep(HEARTBEAT)
            await self.renew()

    async def renew(self) -> None:
        """Renew every claim; what was lost to somebody else is not held any more."""
        for identifier in sorted(self.held):
            answer = await self.run("heartbeat", ("claim", "--renew", "--", identifier))
            if answer.code:
                self.held.discard(identifier)

    def _remember(self, words: tuple[str, ...], answer: Answer) -> None:
        claim = answer.value.get("claim")
        if answer.code == 0 and isinstance(claim, dict) and words[0] in ("start", "claim", "next"):
            self.held.add(str(claim.get("microstep_id")))
        if answer.code == 0 and words[0] in ("done", "release", "block", "todo"):
            self.held.discard(words[-1])

    def _journal(self, verb: str, words: tuple[str, ...], answer: Answer) -> None:
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "session": self.id,
            "actor": self.actor,
            "verb": verb,
            "words": [word[:_LONGEST] for word in words],
            "exit": answer.code,
            "commit": git.run(["rev-parse", "HEAD"], self._workspace.root, check=False).strip()
            or None,
        }
        if answer.error:
            entry["code"] = answer.error.get("code")
        folder = os.path.join(self._workspace.state_dir, FOLDER)
        os.makedirs(folder, exist_ok=True)
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        path = os.path.join(folder, f"{self.id}.jsonl")
        files.append(path, line.encode(errors="replace") + b"\n")
