"""What was unusual."""

from __future__ import annotations

from collections.abc import Iterator

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Anomaly


class Anomalies(Resource):
    """`/api/analytics/anomalies`."""

    def list(
        self,
        *,
        project_id: str | None = None,
        org_id: str | None = None,
        status: str | None = None,
        kind: str | None = None,
    ) -> Iterator[Anomaly]:
        """Of a project, or of an organization, newest first."""
        given = {"project_id": project_id, "org_id": org_id, "status": status, "kind": kind}
        params = {name: value for name, value in given.items() if value is not None}
        return self._transport.pages("/api/analytics/anomalies", Anomaly, **params)

    def get(self, anomaly_id: str) -> Anomaly:
        """One, with what made the difference."""
        return self._transport.get(_one(anomaly_id), Anomaly)

    def review(self, anomaly_id: str, status: str, *, reason: str = "") -> Anomaly:
        """Acknowledge, resolve or dismiss it; only people may, so keys are refused."""
        body = {"status": status, "reason": reason}
        return self._transport.send("POST", f"{_one(anomaly_id)}/review", Anomaly, body)


def _one(anomaly_id: str) -> str:
    return f"/api/analytics/anomalies/{wire.segment(anomaly_id)}"
