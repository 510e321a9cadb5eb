"""Who acts: passed to every action in place of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

ActorKind = Literal["person", "key", "service", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at a browser, a key in a program, a service account, or the product itself.

    `person_id` is the person; of a service account it is the account's own id.

    `scopes` holds what a key may do (`*`: everything its person may). `org_id` and `project_id`
    are set where a key is bound to one organization or project; a personal key has neither and
    acts in every organization of its person. `second_factor` says whether a session was opened with
    one, `secure` whether the request came over HTTPS or from this machine; a key needs no second
    factor. `run` is the agent's run that the request names (`BR-Run`); it is the sender's word,
    and counts only where that run is this actor's own.
    """

    kind: ActorKind
    name: str
    person_id: UUID | None = None
    key_id: UUID | None = None
    key_prefix: str = ""
    org_id: UUID | None = None
    project_id: UUID | None = None
    scopes: frozenset[str] = frozenset({"*"})
    expires_at: datetime | None = None
    on_behalf: str = ""
    second_factor: bool = False
    secure: bool = True
    run: str = ""

    def record(self) -> dict[str, Any]:
        """The JSON that events and revisions keep of an actor: `{kind, id, name, key?, label?,
        run?}`."""
        record: dict[str, Any] = {
            "kind": self.kind,
            "id": str(self.person_id) if self.person_id else None,
            "name": self.name,
        }
        if self.key_id:
            record["key"] = str(self.key_id)
        if self.on_behalf:
            record["label"] = self.on_behalf
        if self.run:
            record["run"] = self.run
        return record


SYSTEM = Actor(kind="system", name="BuildRunner")
