"""Every door that only a person may open stays shut to an agent, whatever its key says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, make_tenant, small_plan
from factories.governance import HEAD, make_governance_rows
from factories.reviews import make_review

NOBODY = str(uuid4())
DOORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sign-off": (
        "post",
        "/api/projects/{project}/sign-offs",
        {"microstep_id": "m1.s1.ms1", "criterion": 0},
    ),
    "waiver": (
        "post",
        "/api/projects/{project}/waivers",
        {
            "rule": "protected-path",
            "fingerprint": "e" * 32,
            "reason": "It is in my way",
            "expires_at": "2099-01-05T09:30:00Z",
        },
    ),
    "policy": ("put", "/api/projects/{project}/policy", {"text": "protected_paths: []\n"}),
    "policy-back": ("post", "/api/projects/{project}/policy/versions/1/restore", {}),
    "vote": (
        "post",
        "/api/projects/{project}/change-requests/1/votes",
        {"verdict": "approve", "head": HEAD},
    ),
    "bypass": (
        "post",
        "/api/projects/{project}/change-requests/1/bypass",
        {"head": HEAD, "justification": "The site is down since 09:12"},
    ),
    "promote": (
        "post",
        "/api/comments/{comment}/promote",
        {"step_id": "m1.s1", "title": "Mine", "criteria": ["It holds"]},
    ),
    "review": (
        "post",
        "/api/orgs/{org}/access-reviews/{review}/items/{item}/decision",
        {"approved": True},
    ),
    "role": ("put", "/api/projects/{project}/members/{agent}", {"role": "pm"}),
    "org-role": ("put", "/api/orgs/{org}/members/{agent}", {"role": "owner"}),
    "invitation": ("post", "/api/orgs/{org}/invitations", {"email": "x@example.org"}),
    "team": ("post", "/api/orgs/{org}/teams", {"name": "mine"}),
    "agent": ("post", "/api/orgs/{org}/agents", {"name": "child"}),
    "own-key": ("post", "/api/orgs/{org}/agents/{agent}/keys", {"scopes": ["planner.write"]}),
    "own-owner": ("patch", "/api/orgs/{org}/agents/{agent}", {"owner_id": NOBODY}),
    "org-key": ("post", "/api/orgs/{org}/api-keys", {"name": "wider", "scopes": ["*"]}),
    "personal-key": ("post", "/api/keys", {"name": "wider", "scopes": ["*"]}),
    "budget": (
        "post",
        "/api/admin/budgets",
        {"project_id": "{project}", "monthly_usd": 1000000.0},
    ),
    "erasure": ("post", "/api/orgs/{org}/ledger/erasures", {"person_id": NOBODY}),
}


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("bound", [True, False])
def test_a_door_stays_shut(own: Tenant, door: str, bound: bool) -> None:
    owner = Api(own.key)
    body: dict[str, Any] = {"name": "claude"}
    if bound:
        body["project_id"] = str(own.project_id)
    made = owner.post(f"/api/orgs/{own.org_id}/agents", body).json()
    comment = owner.post("/api/comments", {"project_id": str(own.project_id), "body": "x"}).json()
    make_governance_rows(own)
    review, item = make_review(own)
    names = {
        "review": str(review),
        "item": str(item),
        "org": str(own.org_id),
        "project": str(own.project_id),
        "agent": made["id"],
        "comment": comment["id"],
    }
    method, path, shape = DOORS[door]
    sent = {
        key: value.format(**names) if isinstance(value, str) else value
        for key, value in shape.items()
    }
    before = Event.objects.count()
    answer = getattr(Api(made["key"]), method)(path.format(**names), sent)
    assert answer.status_code in (403, 404), answer.content
    assert Event.objects.count() == before
