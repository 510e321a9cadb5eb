"""One agent's run: who it is, what it holds, and a journal of what it did."""

from __future__ import annotations

import secrets
import time
from typing import Any

import anyio

from buildrunner.workspace import runs
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.program import Answer, run

# A third of the shortest time that a claim lasts: two beats may be lost.
HEARTBEAT = 600.0
_LONGEST = 200


class Session:
    """Runs commands as one agent. `id` names the run in the journal and in the plan's history.

    The run that `br hooks start` opened under the agent's name is joined; otherwise one is opened at
    the first call, here and on the linked server, and closed when the agent's program goes.
    """

    def __init__(self, workspace: Workspace, actor: str, program: str = "") -> None:
        self.id = time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + secrets.token_hex(4)
        self.actor = actor
        self.program = program
        self.held: set[str] = set()
        self._workspace = workspace
        self._writing = anyio.Lock()
        self._run = ""
        self._begun = False
        self._ours = False

    async def run(self, verb: str, words: tuple[str, ...], stdin: str = "") -> Answer:
        """Run a command, remember the claims it gained or gave, and write it into the journal."""
        async with self._writing:
            await self._begin()
            answer = await run(self._workspace.root, *words, stdin=stdin, env=self._env())
            self._remember(words, answer)
            self._journal(verb, words, answer)
        return answer

    async def beat(self) -> None:
        """Renew what is held, for as long as the agent is connected."""
        while True:
            await anyio.sleep(HEARTBEAT)
            await self.renew()

    async def renew(self) -> None:
        """Renew the run and every claim; what was lost to somebody else is not held any more."""
        if not self._begun:
            return
        answer = await self.run("heartbeat", ("hooks", "beat"))
        if (
            answer.error.get("code") == "run_closed"
        ):  # it slept too long: the next call opens another
            self._begun = False
            self.held.clear()
            return
        for identifier in sorted(self.held):
            answer = await self.run("heartbeat", ("claim", "--renew", "--", identifier))
            if answer.code:
                self.held.discard(identifier)

    async def close(self) -> None:
        """The agent's program goes: what we opened ends, and what it holds is given back."""
        async with self._writing:
            if self._begun and self._ours:
                await run(self._workspace.root, "hooks", "end", env=self._env())
            self._begun = False

    async def _begin(self) -> None:
        if self._begun:
            return
        answer = await run(self._workspace.root, "hooks", "start", env=self._env())
        self._begun = True
        if answer.code == 0:
            self.id = str(answer.value.get("session") or self.id)
            self._run = str(answer.value.get("run") or "")
            self._ours = bool(answer.value.get("new"))

    def _env(self) -> dict[str, str]:
        env = {"BR_ACTOR": self.actor, "BR_SESSION": self.id}
        env["BR_PROGRAM"] = self.program or self.actor
        return env | ({"BR_RUN": self._run} if self._run else {})

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
            "commit": runs.commit_of(self._workspace),
        }
        if answer.error:
            entry["code"] = answer.error.get("code")
        runs.write(self._workspace, self.id, entry)
