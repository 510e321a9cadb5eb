"""Which model does what: profiles, settings, recommendations, routes and how models compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import (
    Arbitrated,
    Arbitration,
    ModelDecision,
    ModelEval,
    ModelPerformance,
    ModelProfile,
    ModelRecord,
    ModelRoute,
    ModelSettings,
)


class Models(Resource):
    """A key that is bound to a project may leave `project_id` out where it is optional."""

    def list(self, org_id: str) -> Iterator[ModelProfile]:
        """The organization's own profiles and the shipped ones."""
        return self._transport.pages(_profiles(org_id), ModelProfile)

    def set(
        self,
        org_id: str,
        model: str,
        *,
        provider: str,
        task_types: Sequence[str],
        quality: str,
        speed: str,
        context: int,
        max_output: int,
        enabled: bool = True,
    ) -> ModelProfile:
        """Set a profile; `quality` and `speed` are decimals from 0 to 10."""
        body = {
            "provider": provider,
            "task_types": list(task_types),
            "quality": quality,
            "speed": speed,
            "context": context,
            "max_output": max_output,
            "enabled": enabled,
        }
        return self._transport.send("PUT", f"{_profiles(org_id)}/{_path(model)}",
                                          ModelProfile, body)  # fmt: skip

    def remove(self, org_id: str, model: str) -> None:
        """Take a profile back; the shipped one of that name holds again."""
        self._transport.delete(f"{_profiles(org_id)}/{_path(model)}")

    def recommend(
        self,
        task_type: str,
        project_id: str | None = None,
        *,
        input_tokens: int | None = None,
        max_output_tokens: int | None = None,
    ) -> ModelDecision:
        """Where a task would go; nothing is recorded."""
        return self._transport.get(
            "/api/models/recommend",
            ModelDecision,
            task_type=task_type,
            project_id=project_id,
            input_tokens=input_tokens,
            max_output_tokens=max_output_tokens,
        )

    def settings(self, project_id: str | None = None) -> Iterator[ModelSettings]:
        """One for each type of task."""
        return self._transport.pages("/api/models/settings", ModelSettings, project_id=project_id)

    def set_settings(
        self,
        project_id: str,
        task_type: str,
        *,
        preferred_model: str | None = None,
        minimum_quality: str | None = None,
        dual_run_enabled: bool | None = None,
        max_cost_multiplier: str | None = None,
    ) -> ModelSettings:
        """Change what is given; an empty `preferred_model` prefers none."""
        given = {
            "preferred_model": preferred_model,
            "minimum_quality": minimum_quality,
            "dual_run_enabled": dual_run_enabled,
            "max_cost_multiplier": max_cost_multiplier,
        }
        body: dict[str, Any] = {"project_id": project_id, "task_type": task_type}
        body |= {name: value for name, value in given.items() if value is not None}
        return self._transport.send("POST", "/api/models/settings", ModelSettings, body)

    def evaluate(
        self,
        project_id: str,
        *,
        task_type: str | None = None,
        preferred_model: str | None = None,
        minimum_quality: str | None = None,
        cases: Sequence[dict[str, Any]] = (),
    ) -> ModelEval:
        """Judge a change by labelled tasks before it is made; without `cases` by the shipped ones.

        A case is `{name, task_type, input_tokens, output_tokens, least_quality, most_usd}`.
        """
        given = {
            "task_type": task_type,
            "preferred_model": preferred_model,
            "minimum_quality": minimum_quality,
        }
        body: dict[str, Any] = {"project_id": project_id, "cases": list(cases)}
        body |= {name: value for name, value in given.items() if value is not None}
        return self._transport.send("POST", "/api/models/eval", ModelEval, body)

    def compare(
        self,
        project_id: str | None = None,
        *,
        task_type: str | None = None,
        period: str | None = None,
    ) -> Iterator[ModelRecord]:
        """What models did by the outcomes reported in a period, such as `30d`."""
        return self._transport.pages(
            "/api/models/compare",
            ModelRecord,
            project_id=project_id,
            task_type=task_type,
            period=period,
        )

    def performance(
        self,
        project_id: str | None = None,
        *,
        task_type: str | None = None,
        period: str | None = None,
    ) -> ModelPerformance:
        """How models did in a period, such as `30d`, what changed, and what follows from it."""
        return self._transport.get(
            "/api/models/performance",
            ModelPerformance,
            project_id=project_id,
            task_type=task_type,
            period=period,
        )

    def performance_csv(
        self,
        project_id: str | None = None,
        *,
        task_type: str | None = None,
        period: str | None = None,
    ) -> bytes:
        """The same as a file: a row for each model and type of task."""
        given = {"project_id": project_id, "task_type": task_type, "period": period}
        params = {name: value for name, value in given.items() if value} | {"format": "csv"}
        answer = self._transport.request("GET", "/api/models/performance", params=params)
        return answer.content

    def routes(self, project_id: str | None = None) -> Iterator[ModelRoute]:
        """Newest first."""
        return self._transport.pages("/api/models/routes", ModelRoute, project_id=project_id)

    def route(
        self,
        project_id: str,
        task_type: str,
        *,
        microstep_id: str = "",
        input_tokens: int | None = None,
        max_output_tokens: int | None = None,
        must_be_served: bool = False,
    ) -> ModelRoute:
        """Decide which model does a task, and keep the decision."""
        body: dict[str, Any] = {
            "project_id": project_id,
            "task_type": task_type,
            "microstep_id": microstep_id,
            "must_be_served": must_be_served,
        }
        if input_tokens is not None:
            body["input_tokens"] = input_tokens
        if max_output_tokens is not None:
            body["max_output_tokens"] = max_output_tokens
        return self._transport.send("POST", "/api/models/routes", ModelRoute, body)

    def report(
        self,
        project_id: str,
        route_id: str,
        *,
        success: bool,
        quality: str | None = None,
        latency_ms: int | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        note: str = "",
    ) -> ModelRoute:
        """What came of a route, once; `quality` is a decimal from 0 to 10."""
        body: dict[str, Any] = {
            "project_id": project_id,
            "success": success,
            "quality": quality,
            "latency_ms": latency_ms,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "note": note,
        }
        path = f"/api/models/routes/{wire.segment(route_id)}/outcome"
        return self._transport.send("POST", path, ModelRoute, body)

    def arbitrate(
        self,
        project_id: str,
        task_type: str,
        messages: Sequence[dict[str, str]],
        *,
        microstep_id: str = "",
        max_tokens: int | None = None,
        models: tuple[str, str] | None = None,
        rubric: Sequence[dict[str, str]] | None = None,
    ) -> Arbitrated:
        """Have two models do a task and a third judge; messages are `{role, content}`."""
        body: dict[str, Any] = {
            "project_id": project_id,
            "task_type": task_type,
            "messages": [*messages],
            "microstep_id": microstep_id,
        }
        if max_tokens is not None:
            body["max_tokens"] = max_tokens
        if models is not None:
            body["models"] = [*models]
        if rubric is not None:
            body["rubric"] = [*rubric]
        return self._transport.send("POST", "/api/models/arbitrate", Arbitrated, body)

    def arbitrations(
        self, project_id: str | None = None, *, status: str | None = None
    ) -> Iterator[Arbitration]:
        """Newest first; `status` is decided, awaiting_decision or decided_by_person."""
        return self._transport.pages(
            "/api/models/arbitrations", Arbitration, project_id=project_id, status=status
        )

    def arbitration(self, arbitration_id: str, project_id: str | None = None) -> Arbitration:
        """Both answers and what the judge said of them."""
        return self._transport.get(_arbitration(arbitration_id), Arbitration, project_id=project_id)

    def decide_arbitration(
        self, arbitration_id: str, winner: str, reason: str, project_id: str | None = None
    ) -> Arbitration:
        """Take answer A or B, once; only a person in a browser may, keys get 403."""
        body = {"winner": winner, "reason": reason, "project_id": project_id}
        path = f"{_arbitration(arbitration_id)}/decide"
        return self._transport.send("POST", path, Arbitration, body)


def _arbitration(arbitration_id: str) -> str:
    return f"/api/models/arbitrations/{wire.segment(arbitration_id)}"


def _profiles(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}/models"


def _path(model: str) -> str:
    return "/".join(wire.segment(part) for part in model.split("/"))
