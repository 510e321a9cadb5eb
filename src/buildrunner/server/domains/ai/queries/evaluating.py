"""A change of settings judged by labelled tasks, before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from buildrunner.server.domains.ai.queries import routing as queries
from buildrunner.server.domains.ai.rules import evals, routing
from buildrunner.server.domains.ai.types.evals import Case, Judgement, Verdict
from buildrunner.server.domains.ai.types.routing import TASK_TYPES, TaskSettings
from buildrunner.server.domains.tenancy.facade import ProjectAccess


def evaluate(
    access: ProjectAccess,
    *,
    task_type: str | None = None,
    changes: Mapping[str, Any] | None = None,
    cases: Sequence[Case] = (),
) -> Judgement:
    """How the project's settings do on the cases (without any, the shipped ones), and how they
    would do with `changes` to those of one type of task, or of all. Nothing is kept and no model is
    asked. Raises Invalid for a preferred model that is not meant for the task."""
    access.require("plan.read")
    preferred = (changes or {}).get("preferred_model")
    if preferred and task_type:
        queries.require_fit(access.org_id, preferred, task_type)
    wanted = [one for one in cases or evals.shipped_cases() if task_type in (None, one.task_type)]
    now = {task: queries.settings_of(access, task) for task in TASK_TYPES}
    then = {
        task: replace(one, **(changes or {})) if task_type in (None, task) else one
        for task, one in now.items()
    }
    found = queries.profiles(access.org_id)
    served = queries.served(access.org_id, found)
    prices = queries.prices(access.org_id, found)
    records = {
        task: {one.model: one for one in queries.compare(access, task, queries.REMEMBERED)}
        for task in {one.task_type for one in wanted}
    }
    by_name = {one.model: one for one in found}

    def judged(settings: Mapping[str, TaskSettings]) -> list[Verdict]:
        verdicts = []
        for case in wanted:
            costs = {
                model: None if price is None else price.upper_bound(case.input, case.output)
                for model, price in prices.items()
            }
            decision = routing.decide(
                settings[case.task_type],
                found,
                costs=costs,
                served=served,
                records=records[case.task_type],
                tokens=case.input + case.output,
            )
            verdicts.append(evals.verdict(case, decision, by_name, records[case.task_type]))
        return verdicts

    return evals.judgement(judged(now), judged(then))
