"""Whose usage it is: the causes that a cost, a budget or a reservation can be charged to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attribution:
    """From the organization down to one microstep, and who acted with what.

    `milestone`, `step` and `microstep` are the plan's own ids; `pr` and `run` are references as
    their makers write them (`owner/repository#12`, a run's id). `agent_id` is the account of an
    agent, `person_id` the person who acts or owns the key, `key_id` the API key.
    """

    org_id: UUID
    team_id: UUID | None = None
    project_id: UUID | None = None
    milestone: str | None = None
    step: str | None = None
    microstep: str | None = None
    pr: str | None = None
    run: str | None = None
    agent_id: UUID | None = None
    person_id: UUID | None = None
    key_id: UUID | None = None
