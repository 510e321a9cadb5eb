"""The run that calls over HTTP belong to: opened by the first that changes something.

An agent that speaks over HTTP says neither hello nor goodbye. Its run is found again by the name
`mcp` and its key, by any process; what is kept here only saves asking at every call.
"""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import Final

from starlette.requests import Request

from buildrunner.server.domains.workbench.rest.mcp.inside import Inside, Refused

NAME: Final = "mcp"
SECONDS: Final = 60.0
_MOST: Final = 10_000
_LONGEST: Final = 200


class Runs:
    """Open runs by key and project, for some seconds."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[float, str]] = {}

    async def of(self, inside: Inside, request: Request, project: str, *, opens: bool) -> str:
        """The run's id; "" for who only reads, and for who may open none."""
        secret = request.headers.get("authorization", "")
        name = blake2b(f"{project}\n{secret}".encode(), digest_size=16).digest()
        until, run = self._known.get(name, (0.0, ""))
        if until > time.monotonic():
            return run
        if not opens and not run:
            return ""
        program = request.headers.get("user-agent", "")
        body = {
            "name": NAME,
            "program": "".join(one for one in program if one.isprintable())[:_LONGEST],
            "silent": True,
        }
        try:
            run = str(
                (await inside.ask("POST", f"/api/projects/{project}/runs", body=body)).value["id"]
            )
        except Refused:  # who may not claim works without a journal
            run = ""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = (time.monotonic() + SECONDS, run)
        return run
