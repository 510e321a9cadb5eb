"""Explanations by API and on the page: grounded, in the tenant's bounds, as files too."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client as Browser
from pypdf import PdfReader

from factories import Api, Tenant, make_key, make_project, make_tenant, small_plan

HOSTILE = '<script>alert(1)</script> [x](javascript:alert(1)) #read("/etc/passwd")'


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(own: Tenant) -> Api:
    return Api(own.key)


def ask(api: Api, **body: Any) -> Any:
    return api.post("/api/explain", body)


def test_the_call_of_a_key_that_is_bound_to_a_project(own: Tenant) -> None:
    secret = make_key(own.person, org_id=own.org_id, project_id=own.project_id)[1]
    answer = ask(Api(secret), scope="milestone", entity_id="m1", audience="business", language="en")
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["scope"], told["entity_id"], told["written_by"]) == ("milestone", "m1", "plan")
    assert told["revision"] == 1
    assert told["text"].startswith(f"# {told['title']}")
    assert all(said["cites"] for part in told["sections"] for said in part["sentences"])


def test_who_sees_one_project_need_not_name_it(own: Tenant, api: Api) -> None:
    assert ask(api, scope="project").json()["scope"] == "project"
    make_project(own.person, org_id=own.org_id)
    refused = ask(api, scope="project")
    assert refused.status_code == 422
    assert "project_id" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scope": "milestone", "entity_id": "nowhere"}, 404),
        ({"scope": "milestone", "entity_id": "m1.s1"}, 422),
        ({"scope": "step"}, 422),
        ({"scope": "planet"}, 422),
        ({"audience": "king"}, 422),
        ({"language": "../../etc"}, 422),
    ],
)
def test_refusals(own: Tenant, api: Api, body: dict[str, Any], status: int) -> None:
    answer = ask(api, project_id=str(own.project_id), **body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_strangers_get_nothing(own: Tenant) -> None:
    stranger = Api(make_key(make_tenant(name="Other").person)[1])
    base = f"/api/projects/{own.project_id}"
    assert ask(stranger, project_id=str(own.project_id)).status_code == 404
    for path in ("overview", "overview?format=pdf", "tour"):
        assert stranger.get(f"{base}/{path}").status_code == 404


def test_the_overview_as_json_markdown_and_pdf(own: Tenant, api: Api) -> None:
    base = f"/api/projects/{own.project_id}/overview?audience=technical"
    items = api.get(base).json()["items"]
    assert [one["scope"] for one in items][:2] == ["project", "milestone"]
    text = api.get(f"{base}&format=markdown")
    assert text.headers["Content-Type"].startswith("text/markdown")
    assert "attachment" in text.headers["Content-Disposition"]
    assert text.content.decode().startswith("# ")
    pdf = api.get(f"{base}&format=pdf").content
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    squeezed = "".join(words.split())
    for one in items:
        for section in one["sections"]:
            for said in section["sentences"]:
                assert "".join(said["text"].split()) in squeezed


def test_a_tour_walks_in_order(own: Tenant, api: Api) -> None:
    tour = api.get(f"/api/projects/{own.project_id}/tour?language=de").json()
    assert tour["language"] == "de"
    assert tour["stops"][0]["kind"] == "project"
    assert all(stop["question"] for stop in tour["stops"])


def test_what_a_plan_says_stays_text_on_the_page(db: None) -> None:
    plan = small_plan()
    plan["title"] = plan["milestones"][0]["title"] = HOSTILE
    tenant = make_tenant(name="Hostile", plan=plan)
    browser = Browser()
    browser.force_login(tenant.person)
    for path in ("", "/overview", "/tour", "?about=m1&audience=technical&language=fr"):
        page = browser.get(f"/projects/{tenant.project_id}/explain{path}").content.decode()
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page


def test_the_page_of_an_empty_project_teaches(db: None) -> None:
    tenant = make_tenant(name="Empty")
    browser = Browser()
    browser.force_login(tenant.person)
    page = browser.get(f"/projects/{tenant.project_id}/explain").content.decode()
    assert "Nothing to explain yet" in page
    assert "br sync" in page
