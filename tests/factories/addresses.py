"""Every address of the server, found by walking it, and ids to put into them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from buildrunner.server.config.api import api as ninja_api
from factories.anomalies import make_anomaly, make_report, make_source
from factories.arbitrations import make_arbitration
from factories.blueprints import make_blueprint_rows
from factories.budgets import budget_row
from factories.destinations import make_destination
from factories.drafts import make_draft
from factories.drift import make_drift_rows
from factories.evidence import make_proof_rows
from factories.governance import make_governance_rows
from factories.ledgers import make_ledger
from factories.notices import make_notices, make_sent
from factories.providers import make_provider
from factories.rescopes import make_rescope
from factories.reviews import make_review
from factories.routes import make_route
from factories.runs import make_run
from factories.talk import make_file, make_place, make_talk
from factories.teams import make_agent, make_team
from factories.tenants import Tenant
from factories.usage import make_usage_rows
from factories.webhooks import make_log

PARAMETER = re.compile(r"[<{](?:\w+:)?(\w+)[>}]")
# Parameters of addresses, as they are named in all rooms.
KNOWN = {
    "project_id",
    "org_id",
    "key_id",
    "person_id",
    "service_id",
    "invitation_id",
    "microstep_id",
    "number",
    "token",
    "path",
    "code",
    "entity_id",
    "session_id",
    "uidb36",
    "key",
    "pk",
    "webhook_id",
    "delivery_id",
    "seq",
    "review_id",
    "item_id",
    "signing_key_id",
    "destination_id",
    "rescope_id",
    "run_id",
}

# Those that name a row of proof.
PROOF = {"address", "sign_off_id", "quarantine_id"}
KNOWN |= PROOF
GOVERNANCE = {"post_review_id", "waiver_id"}
KNOWN |= GOVERNANCE
DRIFT = {"drift_report_id", "conflict_digest"}
KNOWN |= DRIFT
KNOWN.add("provider_id")
KNOWN |= {"route_id", "model", "arbitration_id"}
KNOWN |= {"budget_id", "kind"}
KNOWN.add("blueprint_id")
KNOWN.add("draft_id")
KNOWN.add("price_id")
KNOWN.add("notification_id")
KNOWN.add("channel_id")
KNOWN.add("channel_delivery_id")
KNOWN.add("comment_id")
KNOWN.add("place")
KNOWN.add("team_id")
KNOWN.add("agent_id")
KNOWN.add("attachment_id")
KNOWN |= {"anomaly_id", "source_id", "report_id"}


class _Values(dict[str, object]):
    """Ids of the victim; those that cost a row of their own are made when an address asks."""

    def __init__(self, victim: Tenant, values: dict[str, object]) -> None:
        super().__init__(values)
        self._victim = victim

    def __missing__(self, name: str) -> object:
        if name in PROOF:
            self.update(make_proof_rows(self._victim))
        elif name in GOVERNANCE:
            self.update(make_governance_rows(self._victim))
        elif name in DRIFT:
            self.update(make_drift_rows(self._victim))
        elif name == "blueprint_id":
            self.update(make_blueprint_rows(self._victim))
        elif name == "route_id":
            self[name] = make_route(self._victim)
        elif name == "arbitration_id":
            self[name] = make_arbitration(self._victim)
        elif name == "model":
            self[name] = "own-1"
        elif name == "provider_id":
            self[name] = make_provider(self._victim)
        elif name == "budget_id":
            self[name] = budget_row(self._victim)
        elif name == "price_id":
            self[name] = make_usage_rows(self._victim)
        elif name == "draft_id":
            self[name] = make_draft(self._victim).id
        elif name in {"channel_id", "channel_delivery_id"}:
            self["channel_id"], self["channel_delivery_id"] = make_sent(self._victim)
        elif name == "notification_id":
            self[name] = make_notices(self._victim)
        elif name == "place":
            self[name] = make_place(self._victim)
        elif name == "source_id":
            self[name] = make_source(self._victim)
        elif name == "report_id":
            self[name] = make_report(self._victim)
        elif name == "anomaly_id":
            self[name] = make_anomaly(self._victim)
        elif name == "agent_id":
            self[name] = make_agent(self._victim)
        elif name == "comment_id":
            self[name] = make_talk(self._victim)
        elif name == "attachment_id":
            self.update(make_file(self._victim))
        elif name == "team_id":
            self[name] = make_team(self._victim)
        elif name == "seq":
            make_ledger(self._victim)
            self["seq"] = 1
        elif name in {"webhook_id", "delivery_id"}:
            self["webhook_id"], self["delivery_id"] = make_log(self._victim)
        elif name in {"review_id", "item_id"}:
            self["review_id"], self["item_id"] = make_review(self._victim)
        elif name == "destination_id":
            self[name] = make_destination(self._victim)
        elif name == "rescope_id":
            self[name] = make_rescope(self._victim)
        elif name == "run_id":
            self[name] = make_run(self._victim)
        else:
            raise KeyError(name)
        return self[name]


def parameters(victim: Tenant) -> dict[str, object]:
    """What an attacker would put into an address: the victim's ids."""
    values = {
        "project_id": victim.project_id,
        "org_id": victim.org_id,
        "key_id": victim.key_id,
        "person_id": victim.person.id,
        "service_id": victim.service_id,
        "invitation_id": victim.invitation_id,
        "microstep_id": "m1.s1.ms1",
        "number": 1,
        "token": "invented",
        "path": "x",
        "session_id": "f" * 64,
        "uidb36": "1",
        "key": "invented",
        "pk": 1,
        "code": "not_found",
        "kind": "tokens",
        "signing_key_id": "0" * 16,
    }
    return _Values(victim, values)


def patterns(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every address of the server with its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield "/" + route, entry


def addresses() -> list[tuple[str, str]]:
    """Every (method, route): of the API exactly, of pages all methods that could be tried."""
    found: set[tuple[str, str]] = set()
    for router in ninja_api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                whole = "/api/" + "/".join(
                    part.strip("/") for part in (router.prefix, path) if part
                )
                found.update((method, re.sub(r"/+", "/", whole)) for method in operation.methods)
    for route, _ in patterns():
        if not route.startswith("/api/"):
            found.update((method, route) for method in ("GET", "POST"))
    return sorted(found)


def fill(route: str, values: dict[str, object]) -> str:
    kind = re.search(r"/(milestones|steps)/", route)
    entity = {"milestones": "m1", "steps": "m1.s1"}.get(kind[1] if kind else "", "m1.s1.ms1")
    return PARAMETER.sub(
        lambda match: entity if match[1] == "entity_id" else str(values[match[1]]), route
    )
