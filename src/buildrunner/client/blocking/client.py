"""The client: one object for one server and key, with a resource for each part of the API."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from buildrunner.client import wire
from buildrunner.client.blocking.access_reviews import AccessReviews
from buildrunner.client.blocking.agents import Agents
from buildrunner.client.blocking.analytics import Analytics
from buildrunner.client.blocking.anomalies import Anomalies
from buildrunner.client.blocking.blueprints import Blueprints
from buildrunner.client.blocking.budgets import Budgets
from buildrunner.client.blocking.channels import Channels
from buildrunner.client.blocking.destinations import LedgerDestinations
from buildrunner.client.blocking.devices import Devices
from buildrunner.client.blocking.drafts import Drafts
from buildrunner.client.blocking.drift import ConflictChoices, Drift
from buildrunner.client.blocking.events import stream
from buildrunner.client.blocking.explanations import Explanations
from buildrunner.client.blocking.governance import ChangeRequests, Policies, Waivers
from buildrunner.client.blocking.keys import Keys
from buildrunner.client.blocking.ledger import Ledger, SigningKeys
from buildrunner.client.blocking.models import Models
from buildrunner.client.blocking.notifications import Notifications, Watches
from buildrunner.client.blocking.organizations import (
    Invitations,
    Members,
    Organizations,
    ServiceAccounts,
)
from buildrunner.client.blocking.plans import Claims, Plans
from buildrunner.client.blocking.presence import Presence
from buildrunner.client.blocking.projects import Projects
from buildrunner.client.blocking.proof import Evidence, Quarantines, SignOffs
from buildrunner.client.blocking.providers import ModelProviders
from buildrunner.client.blocking.reports import Reports
from buildrunner.client.blocking.runs import Runs
from buildrunner.client.blocking.sessions import Sessions
from buildrunner.client.blocking.talk import Comments, Issues
from buildrunner.client.blocking.teams import Teams
from buildrunner.client.blocking.timeline import Timelines
from buildrunner.client.blocking.transport import Transport
from buildrunner.client.blocking.usage import Costs, Usage
from buildrunner.client.blocking.usage_sources import UsageSources
from buildrunner.client.blocking.webhooks import Webhooks
from buildrunner.client.blocking.workbench import Contexts, Rescopes
from buildrunner.client.models import Me, ServerEvent


class Client:
    """Calls a BuildRunner server.

    `server` is an origin (`https://build.example.com`), `api_key` a `br_…` key; what is not given
    comes from `BR_SERVER`, `BR_API_KEY`, `BR_TIMEOUT` (seconds) and `BR_RETRIES`. The key of the
    environment goes to the server of the environment only. `run` (or `BR_RUN`) is the agent's run
    that the calls belong to. Every method raises a `ClientError` on
    failure. Usable as a context manager.
    """

    def __init__(
        self,
        server: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        run: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._configuration = wire.configure(server, api_key, timeout, retries, run)
        self._transport = Transport(self._configuration, transport=transport)
        self.server = self._transport.server
        self.organizations = Organizations(self._transport)
        self.members = Members(self._transport)
        self.invitations = Invitations(self._transport)
        self.service_accounts = ServiceAccounts(self._transport)
        self.agents = Agents(self._transport)
        self.teams = Teams(self._transport)
        self.sessions = Sessions(self._transport)
        self.keys = Keys(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.notifications = Notifications(self._transport)
        self.watches = Watches(self._transport)
        self.channels = Channels(self._transport)
        self.evidence = Evidence(self._transport)
        self.sign_offs = SignOffs(self._transport)
        self.quarantines = Quarantines(self._transport)
        self.policies = Policies(self._transport)
        self.change_requests = ChangeRequests(self._transport)
        self.waivers = Waivers(self._transport)
        self.access_reviews = AccessReviews(self._transport)
        self.ledger = Ledger(self._transport)
        self.ledger_destinations = LedgerDestinations(self._transport)
        self.signing_keys = SigningKeys(self._transport)
        self.projects = Projects(self._transport)
        self.plans = Plans(self._transport)
        self.claims = Claims(self._transport)
        self.drift = Drift(self._transport)
        self.conflict_choices = ConflictChoices(self._transport)
        self.blueprints = Blueprints(self._transport)
        self.drafts = Drafts(self._transport)
        self.comments = Comments(self._transport)
        self.presence = Presence(self._transport)
        self.issues = Issues(self._transport)
        self.usage = Usage(self._transport)
        self.costs = Costs(self._transport)
        self.budgets = Budgets(self._transport)
        self.analytics = Analytics(self._transport)
        self.anomalies = Anomalies(self._transport)
        self.usage_sources = UsageSources(self._transport)
        self.reports = Reports(self._transport)
        self.model_providers = ModelProviders(self._transport)
        self.models = Models(self._transport)
        self.explanations = Explanations(self._transport)
        self.contexts = Contexts(self._transport)
        self.rescopes = Rescopes(self._transport)
        self.timelines = Timelines(self._transport)
        self.runs = Runs(self._transport)
        self.devices = Devices(self._transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._configuration!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def me(self) -> Me:
        """Who this key belongs to."""
        return self._transport.get("/api/me", Me)

    def rename_me(self, name: str) -> Me:
        """Change the name under which others see the caller."""
        return self._transport.send("PATCH", "/api/me", Me, {"name": name})

    def delete_me(self, email: str) -> None:
        """Delete the caller's account; `email`, their own, confirms it. Needs a session that has
        just been confirmed: a key is refused (`in_person_only`)."""
        self._transport.request("DELETE", "/api/me", json={"email": email}, keyed=True)

    def healthy(self) -> bool:
        """Whether the server says it is up."""
        body = wire.decode(self._transport.request("GET", "/healthz"), dict)
        return body.get("status") == "ok"

    def request(self, method: str, path: str, json: Any = None) -> Any:
        """Any operation by its path under `/api/`; the decoded answer, `None` where it is empty.

        For what has no method of its own yet; keys, retries and errors are as everywhere.
        """
        if not path.startswith("/api/"):
            raise ValueError(f"{path!r} does not start with /api/")
        keyed = method.upper() not in wire.SAFE
        answer = self._transport.request(method.upper(), path, json=json, keyed=keyed)
        if "json" in answer.headers.get("Content-Type", ""):
            return wire.decode(answer, object)
        return answer.text or None

    def events(
        self, project_id: str | None = None, *, after: str | None = None, also: str | None = None
    ) -> Iterator[ServerEvent]:
        """Follow committed events, from `after` (an event's id) on or from now. `also="presence"`:
        with who comes, moves and goes, which nobody keeps.
        """
        return stream(self._transport, project_id=project_id, after=after, also=also)
