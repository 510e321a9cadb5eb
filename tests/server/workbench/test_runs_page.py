"""Pages of agents' runs, and agents shown as such wherever their name stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.workbench import facade as workbench
from factories import Api, Tenant, make_tenant, small_plan

pytestmark = pytest.mark.django_db
BADGE = 'class="badge agent-badge"'


@pytest.fixture
def own() -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def browser(own: Tenant) -> Client:
    client = Client()
    client.force_login(own.person)
    return client


@pytest.fixture
def agent(own: Tenant) -> dict[str, Any]:
    body = {"name": "claude", "project_id": str(own.project_id)}
    made: dict[str, Any] = Api(own.key).post(f"/api/orgs/{own.org_id}/agents", body).json()
    return made


def _work(own: Tenant, key: str) -> str:
    base = f"/api/projects/{own.project_id}"
    run: str = (
        Api(key)
        .post(f"{base}/runs", {"commit": "1f0c2b6d9e", "program": "claude-code"})
        .json()["id"]
    )
    Api(key).post(f"{base}/claims", {"microstep_id": "m1.s1.ms1"}, BR_Run=run)
    etag = Api(key).get(f"{base}/plan")["ETag"]
    plan = {**small_plan(), "title": "Anew"}
    saved = Api(key).put(f"{base}/plan", plan, If_Match=etag, BR_Run=run)
    assert saved.status_code == 200, saved.content
    said = {"project_id": str(own.project_id), "entity_type": "project", "entity_id": ""}
    Api(key).post("/api/comments", said | {"body": "Here."}, BR_Run=run)
    return run


def _text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_the_runs_of_a_project_and_one_of_them(
    own: Tenant, agent: dict[str, Any], browser: Client
) -> None:
    base = f"/projects/{own.project_id}/timeline/runs"
    assert "No run yet" in _text(browser, base)
    run = _work(own, agent["key"])
    listed = _text(browser, base)
    assert f"{base}/{run}" in listed
    assert BADGE in listed
    assert "Working" in listed
    assert run in _text(browser, f"{base}?state=open&agent={agent['id']}")
    assert run not in _text(browser, f"{base}?state=lost")
    one = _text(browser, f"{base}/{run}")
    assert "1f0c2b6d9e" in one
    assert f"/projects/{own.project_id}/history/2" in one
    assert "m1.s1.ms1" in one
    assert "nothing was metered" in one
    Api(agent["key"]).post(
        f"/api/projects/{own.project_id}/runs/{run}/end", {"summary": "<b>done</b>"}
    )
    assert "&lt;b&gt;done&lt;/b&gt;" in _text(browser, f"{base}/{run}")
    strange = make_tenant()
    other = Client()
    other.force_login(strange.person)
    assert other.get(f"{base}/{run}").status_code == 404
    assert browser.get(f"{base}/{own.project_id}").status_code == 404


def test_older_runs_are_a_page_away(own: Tenant, browser: Client) -> None:
    for number in range(52):
        workbench.start_run(own.actor, own.project_id, workbench.RunIn(name=f"r{number}"))
    base = f"/projects/{own.project_id}/timeline/runs"
    first = _text(browser, base)
    older = first.partition(f"{base}?before=")[2].partition('"')[0]
    rest = _text(browser, f"{base}?before={older}")
    assert rest.count(f'href="{base}/') == 2


def test_an_agent_is_shown_as_one_wherever_its_name_stands(
    own: Tenant, agent: dict[str, Any], browser: Client
) -> None:
    _work(own, agent["key"])
    project = f"/projects/{own.project_id}"
    for path in (
        f"{project}/timeline",
        f"{project}/history",
        f"{project}/history/2",
        f"{project}/plan/items/m1.s1.ms1",
        f"{project}/discussion",
        f"/orgs/{own.org_id}/agents",
    ):
        text = _text(browser, path)
        assert BADGE in text, path
        assert "claude" in text, path
    row = _text(browser, f"{project}/plan")
    assert "Held by the agent claude" in row
    assert '<span class="agent-word">agent</span>' in row


def test_a_person_is_none(own: Tenant, browser: Client) -> None:
    plans.claim_microstep(own.actor, own.project_id, microstep_id="m1.s1.ms1")
    project = f"/projects/{own.project_id}"
    for path in ("plan", "plan/items/m1.s1.ms1", "history", "history/1"):
        text = _text(browser, f"{project}/{path}")
        assert BADGE not in text
        assert "agent-word" not in text
