"""The client: one object for one server and key, with a resource for each part of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import httpx

from buildrunner.client import wire
from buildrunner.client.aio.access_reviews import AsyncAccessReviews
from buildrunner.client.aio.agents import AsyncAgents
from buildrunner.client.aio.analytics import AsyncAnalytics
from buildrunner.client.aio.anomalies import AsyncAnomalies
from buildrunner.client.aio.blueprints import AsyncBlueprints
from buildrunner.client.aio.budgets import AsyncBudgets
from buildrunner.client.aio.channels import AsyncChannels
from buildrunner.client.aio.destinations import AsyncLedgerDestinations
from buildrunner.client.aio.devices import AsyncDevices
from buildrunner.client.aio.drafts import AsyncDrafts
from buildrunner.client.aio.drift import AsyncConflictChoices, AsyncDrift
from buildrunner.client.aio.events import stream
from buildrunner.client.aio.explanations import AsyncExplanations
from buildrunner.client.aio.governance import AsyncChangeRequests, AsyncPolicies, AsyncWaivers
from buildrunner.client.aio.keys import AsyncKeys
from buildrunner.client.aio.ledger import AsyncLedger, AsyncSigningKeys
from buildrunner.client.aio.models import AsyncModels
from buildrunner.client.aio.notifications import AsyncNotifications, AsyncWatches
from buildrunner.client.aio.organizations import (
    AsyncInvitations,
    AsyncMembers,
    AsyncOrganizations,
    AsyncServiceAccounts,
)
from buildrunner.client.aio.plans import AsyncClaims, AsyncPlans
from buildrunner.client.aio.presence import AsyncPresence
from buildrunner.client.aio.projects import AsyncProjects
from buildrunner.client.aio.proof import AsyncEvidence, AsyncQuarantines, AsyncSignOffs
from buildrunner.client.aio.providers import AsyncModelProviders
from buildrunner.client.aio.reports import AsyncReports
from buildrunner.client.aio.runs import AsyncRuns
from buildrunner.client.aio.sessions import AsyncSessions
from buildrunner.client.aio.talk import AsyncComments, AsyncIssues
from buildrunner.client.aio.teams import AsyncTeams
from buildrunner.client.aio.timeline import AsyncTimelines
from buildrunner.client.aio.transport import AsyncTransport
from buildrunner.client.aio.usage import AsyncCosts, AsyncUsage
from buildrunner.client.aio.usage_sources import AsyncUsageSources
from buildrunner.client.aio.webhooks import AsyncWebhooks
from buildrunner.client.aio.workbench import AsyncContexts, AsyncRescopes
from buildrunner.client.models import Me, ServerEvent


class AsyncClient:
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
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._configuration = wire.configure(server, api_key, timeout, retries, run)
        self._transport = AsyncTransport(self._configuration, transport=transport)
        self.server = self._transport.server
        self.organizations = AsyncOrganizations(self._transport)
        self.members = AsyncMembers(self._transport)
        self.invitations = AsyncInvitations(self._transport)
        self.service_accounts = AsyncServiceAccounts(self._transport)
        self.agents = AsyncAgents(self._transport)
        self.teams = AsyncTeams(self._transport)
        self.sessions = AsyncSessions(self._transport)
        self.keys = AsyncKeys(self._transport)
        self.webhooks = AsyncWebhooks(self._transport)
        self.notifications = AsyncNotifications(self._transport)
        self.watches = AsyncWatches(self._transport)
        self.channels = AsyncChannels(self._transport)
        self.evidence = AsyncEvidence(self._transport)
        self.sign_offs = AsyncSignOffs(self._transport)
        self.quarantines = AsyncQuarantines(self._transport)
        self.policies = AsyncPolicies(self._transport)
        self.change_requests = AsyncChangeRequests(self._transport)
        self.waivers = AsyncWaivers(self._transport)
        self.access_reviews = AsyncAccessReviews(self._transport)
        self.ledger = AsyncLedger(self._transport)
        self.ledger_destinations = AsyncLedgerDestinations(self._transport)
        self.signing_keys = AsyncSigningKeys(self._transport)
        self.projects = AsyncProjects(self._transport)
        self.plans = AsyncPlans(self._transport)
        self.claims = AsyncClaims(self._transport)
        self.drift = AsyncDrift(self._transport)
        self.conflict_choices = AsyncConflictChoices(self._transport)
        self.blueprints = AsyncBlueprints(self._transport)
        self.drafts = AsyncDrafts(self._transport)
        self.comments = AsyncComments(self._transport)
        self.presence = AsyncPresence(self._transport)
        self.issues = AsyncIssues(self._transport)
        self.usage = AsyncUsage(self._transport)
        self.costs = AsyncCosts(self._transport)
        self.budgets = AsyncBudgets(self._transport)
        self.analytics = AsyncAnalytics(self._transport)
        self.anomalies = AsyncAnomalies(self._transport)
        self.usage_sources = AsyncUsageSources(self._transport)
        self.reports = AsyncReports(self._transport)
        self.model_providers = AsyncModelProviders(self._transport)
        self.models = AsyncModels(self._transport)
        self.explanations = AsyncExplanations(self._transport)
        self.contexts = AsyncContexts(self._transport)
        self.rescopes = AsyncRescopes(self._transport)
        self.timelines = AsyncTimelines(self._transport)
        self.runs = AsyncRuns(self._transport)
        self.devices = AsyncDevices(self._transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._configuration!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def me(self) -> Me:
        """Who this key belongs to."""
        return await self._transport.get("/api/me", Me)

    async def rename_me(self, name: str) -> Me:
        """Change the name under which others see the caller."""
        return await self._transport.send("PATCH", "/api/me", Me, {"name": name})

    async def delete_me(self, email: str) -> None:
        """Delete the caller's account; `email`, their own, confirms it. Needs a session that has
        just been confirmed: a key is refused (`in_person_only`)."""
        await self._transport.request("DELETE", "/api/me", json={"email": email}, keyed=True)

    async def healthy(self) -> bool:
        """Whether the server says it is up."""
        body = wire.decode(await self._transport.request("GET", "/healthz"), dict)
        return body.get("status") == "ok"

    async def request(self, method: str, path: str, json: Any = None) -> Any:
        """Any operation by its path under `/api/`; the decoded answer, `None` where it is empty.

        For what has no method of its own yet; keys, retries and errors are as everywhere.
        """
        if not path.startswith("/api/"):
            raise ValueError(f"{path!r} does not start with /api/")
        keyed = method.upper() not in wire.SAFE
        answer = await self._transport.request(method.upper(), path, json=json, keyed=keyed)
        if "json" in answer.headers.get("Content-Type", ""):
            return wire.decode(answer, object)
        return answer.text or None

    def events(
        self, project_id: str | None = None, *, after: str | None = None, also: str | None = None
    ) -> AsyncIterator[ServerEvent]:
        """Follow committed events, from `after` (an event's id) on or from now. `also="presence"`:
        with who comes, moves and goes, which nobody keeps.
        """
        return stream(self._transport, project_id=project_id, after=after, also=also)
