"""The Plan page over HTTP, as a browser without scripts and as our scripts ask for it."""

import json
import re

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import add_person, make_project, make_tenant
from factories.evidence import vouch
from kits.growth import seconds
from kits.visitor import sign_in

SCRIPT = {"HX-Request": "true"}
ROW = "m1.s1.ms3"


def text_of(response) -> str:
    return response.content.decode()


def current(owner, entity_id: str) -> dict:
    with tenancy.project_scope(owner.actor, owner.project_id) as access:
        plan = plans.read_plan(access).plan()
    return next(
        row
        for m in plan["milestones"]
        for s in m["steps"]
        for row in s["microsteps"]
        if row["id"] == entity_id
    )


def revision(owner) -> int:
    with tenancy.project_scope(owner.actor, owner.project_id) as access:
        return plans.read_head(access).revision


def test_the_page_shows_the_whole_tree(visitor, base, plan) -> None:
    text = text_of(visitor.get(base))
    for milestone in plan["milestones"]:
        assert f'data-part="head:{milestone["id"]}"' in text
        for step in milestone["steps"]:
            for row in step["microsteps"]:
                assert f'data-part="row:{row["id"]}"' in text
    assert text.count('class="row entry"') == 66
    assert "Folders exist with correct paths and tracked by git" in text


def test_the_policy_admits_nothing_inline(visitor, base) -> None:
    response = visitor.get(base)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "style-src 'self'" in policy
    assert not re.search(r"<[^>]+\sstyle=|<script(?![^>]*\ssrc=)", text_of(response))


def test_a_visitor_signs_in_first_and_comes_back(client, db, base) -> None:
    response = client.get(base)
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in?next={base.replace('/', '%2F')}"
    scripted = client.get(base, headers=SCRIPT)
    assert scripted["HX-Redirect"] == "/sign-in"


@pytest.mark.parametrize("path", ["", "/rows?since=1", "/items/m1", "/milestones/m1"])
def test_to_a_stranger_the_project_is_absent(owner, base, path) -> None:
    stranger = sign_in(make_tenant(name="Mallory").person)
    assert stranger.get(base + path).status_code == 404
    assert stranger.post(f"{base}/items/{ROW}", {"field": "title"}).status_code == 404


def test_a_viewer_reads_and_is_told_why_nothing_can_be_changed(owner, base) -> None:
    viewer = sign_in(add_person(owner, project_role="viewer"))
    text = text_of(viewer.get(base))
    assert "data-may-write" not in text
    assert 'id="status-menu"' not in text
    edit = {"field": "status", "base": "todo", "value": "done"}
    refused = viewer.post(f"{base}/items/{ROW}", edit, headers=SCRIPT)
    assert refused.status_code == 403
    assert "plan.write" in text_of(refused)
    assert current(owner, ROW)["status"] == "todo"


def test_done_without_proof_is_refused_where_it_stands(visitor, owner, base) -> None:
    edit = {"field": "status", "base": "todo", "value": "done"}
    refused = visitor.post(f"{base}/items/{ROW}", edit, headers=SCRIPT)
    text = text_of(refused)
    assert (refused.status_code, refused["BR-Code"]) == (409, "not_proven")
    assert f'data-refused="{ROW}"' in text
    assert f"/tests/items/{ROW}" in text
    assert "br qa add" in text
    plain = visitor.post(f"{base}/items/{ROW}", edit)
    assert plain.status_code == 409
    assert "cannot be done yet" in text_of(plain)
    assert current(owner, ROW)["status"] == "todo"


def test_of_several_those_without_proof_are_listed_and_the_rest_goes_through(
    visitor, owner, base
) -> None:
    vouch(owner.actor, owner.project_id, ROW)
    gesture = {"do": "set", "field": "status", "value": "done", "id": [ROW, "m1.s1.ms4"]}
    answer = visitor.post(f"{base}/edits", gesture, headers=SCRIPT)
    text = text_of(answer)
    assert (answer.status_code, answer["BR-Saved"]) == (200, "2")
    assert text.count("data-refused=") == 1
    assert 'data-refused="m1.s1.ms4"' in text
    assert current(owner, ROW)["status"] == "done"
    assert current(owner, "m1.s1.ms4")["status"] == "todo"
    none = visitor.post(
        f"{base}/edits", {**gesture, "id": ["m1.s1.ms4", "m1.s1.ms5"]}, headers=SCRIPT
    )
    assert (none.status_code, "BR-Saved" in none) == (200, False)
    assert text_of(none).count("data-refused=") == 2


def test_a_status_is_saved_and_the_changed_parts_come_back(visitor, owner, base) -> None:
    vouch(owner.actor, owner.project_id, ROW)
    edit = {"field": "status", "base": "todo", "value": "done"}
    response = visitor.post(f"{base}/items/{ROW}", edit, headers=SCRIPT)
    text = text_of(response)
    assert response.status_code == 200
    assert 'data-structure="rows"' in text
    assert 'data-revision="2"' in text
    assert re.search(rf'data-part="row:{ROW}"[^>]*data-status="done"', text)
    assert re.search(r'data-part="count:done">\d+<', text)
    assert text.count('class="row entry"') == 1
    assert current(owner, ROW)["status"] == "done"


def test_a_plain_form_is_sent_back_to_the_page(visitor, owner, base) -> None:
    edit = {"field": "title", "base": "Install runtime and dev dependencies", "value": "Install"}
    response = visitor.post(f"{base}/items/{ROW}", edit)
    assert (response.status_code, response["Location"]) == (303, f"{base}/items/{ROW}")
    assert current(owner, ROW)["title"] == "Install"


def test_a_field_that_somebody_changed_first_shows_both_values(visitor, owner, base) -> None:
    tom = add_person(owner, project_role="contributor")
    seen = current(owner, ROW)["title"]
    path = f"{base}/items/{ROW}"
    theirs = {"field": "title", "base": seen, "value": "Theirs <i>"}
    assert sign_in(tom).post(path, theirs).status_code == 303
    mine = {"field": "title", "base": seen, "value": "Mine"}
    response = visitor.post(path, mine, headers=SCRIPT)
    text = text_of(response)
    assert response.status_code == 409
    assert tom.name in text
    assert 'data-theirs="Theirs &lt;i&gt;"' in text
    assert 'data-ours="Mine"' in text
    assert current(owner, ROW)["title"] == "Theirs <i>"
    # The same without scripts: the page with both values in the drawer.
    whole = visitor.post(path, mine)
    assert whole.status_code == 409
    assert "Your change is not saved" in text_of(whole)
    # Another field of the same row is nobody's conflict.
    status = {"field": "status", "base": "todo", "value": "doing"}
    assert visitor.post(path, status, headers=SCRIPT).status_code == 200


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"field": "title", "base": "x", "value": "  "}, "cannot be empty"),
        ({"field": "title", "base": "x", "value": "x" * 2001}, "at most 2,000"),
        ({"field": "status", "base": "todo", "value": "finished"}, "is no status"),
        ({"field": "aliases", "base": "", "value": "x"}, "cannot be changed here"),
        ({}, "cannot be changed here"),
    ],
)
def test_a_wrong_edit_says_what_is_wrong(visitor, owner, base, edit, words) -> None:
    response = visitor.post(f"{base}/items/{ROW}", edit, headers=SCRIPT)
    assert response.status_code == 422
    assert words in text_of(response)
    assert revision(owner) == 1
    assert words in text_of(visitor.post(f"{base}/items/{ROW}", edit))


def test_a_form_without_its_token_is_refused(owner, base) -> None:
    strict = sign_in(owner.person, enforce_csrf_checks=True)
    edit = {"field": "status", "base": "todo", "value": "done"}
    assert strict.post(f"{base}/items/{ROW}", edit).status_code == 403
    assert current(owner, ROW)["status"] == "todo"


def test_news_since_a_revision(visitor, owner, base) -> None:
    assert visitor.get(f"{base}/rows?since=1", headers=SCRIPT).status_code == 204
    plans.set_status(owner.actor, owner.project_id, entity_id=ROW, status="doing")
    plans.set_status(owner.actor, owner.project_id, entity_id="m1.s1.ms4", status="blocked")
    text = text_of(visitor.get(f"{base}/rows?since=1", headers=SCRIPT))
    assert 'data-revision="3"' in text
    assert text.count('class="row entry"') == 2
    only_last = text_of(visitor.get(f"{base}/rows?since=2", headers=SCRIPT))
    assert only_last.count('class="row entry"') == 1
    # From a revision that the server does not have comes the whole tree.
    assert 'id="tree"' in text_of(visitor.get(f"{base}/rows?since=99&open=300:m1", headers=SCRIPT))


def test_what_was_added_comes_with_the_tree_as_far_as_it_is_open(visitor, owner, base) -> None:
    added = {"id": "m2.s1.ms77", "title": "Added", "status": "todo", "criteria": ["x"]}
    operation = {"op": "add", "parent": "m2.s1", "after": None, "value": added}
    plans.edit_plan(owner.actor, owner.project_id, change=[operation])
    text = text_of(visitor.get(f"{base}/rows?since=1&open=110:m2&shut=m1", headers=SCRIPT))
    assert 'data-structure="tree"' in text
    assert 'data-part="row:m2.s1.ms77"' in text
    assert 'data-part="row:m1.s1.ms1"' not in text
    assert 'data-later="' in text


def test_rows_by_id(visitor, base) -> None:
    text = text_of(visitor.get(f"{base}/rows?ids=m1.s1.ms1&ids=m2.s1.ms1", headers=SCRIPT))
    assert text.count('class="row entry"') == 2


def test_the_filter_form_gets_the_tree_alone(visitor, base) -> None:
    response = visitor.get(f"{base}?q=lockfile", headers={**SCRIPT, "HX-Target": "tree"})
    text = text_of(response)
    assert text.lstrip().startswith('<div id="tree"')
    assert text.count('class="row entry"') == 1
    assert "HX-Request" in response["Vary"]
    assert "Nothing fits this filter" in text_of(visitor.get(f"{base}?q=zzz&status=done"))


def test_the_drawer_has_its_own_address(visitor, base) -> None:
    fragment = text_of(visitor.get(f"{base}/items/{ROW}", headers=SCRIPT))
    assert "<html" not in fragment
    assert f'data-part="drawer:{ROW}"' in fragment
    assert "br start" in fragment
    whole = text_of(visitor.get(f"{base}/items/{ROW}"))
    assert f'data-part="drawer:{ROW}"' in whole
    assert 'class="row entry"' in whole
    for entity_id in ("m1", "m1.s1"):
        assert visitor.get(f"{base}/items/{entity_id}").status_code == 200
    assert visitor.get(f"{base}/items/gone").status_code == 404


def test_everything_an_entry_holds_is_told(visitor, owner, base) -> None:
    fields = {
        "owner": "Tom <b>",
        "effort_points": 5,
        "impact_score": 8,
        "priority": "P1",
        "risk_level": "high",
        "risk_notes": "It may break.",
        "rollback_plan": "Go back.",
        "links": ["https://example.org/a", "javascript:alert(1)"],
        "depends_on": ["m1.s1.ms1"],
        "custom": {"deep": ["<script>"]},
    }
    change = [{"op": "set", "id": ROW, "field": f, "value": v} for f, v in fields.items()]
    try:
        plans.edit_plan(owner.actor, owner.project_id, change=change)
    except plans.PlanInvalid:
        change = [c for c in change if c["field"] != "links"]
        plans.edit_plan(owner.actor, owner.project_id, change=change)
    text = text_of(visitor.get(f"{base}/items/{ROW}", headers=SCRIPT))
    for words in (
        "Tom &lt;b&gt;",
        'name="value" inputmode="numeric" autocomplete="off" value="5"',
        'name="value" inputmode="numeric" autocomplete="off" value="8"',
        '<option value="P1" selected>',
        '<option value="high" selected>',
        "It may break.",
        "Go back.",
    ):
        assert words in text
    assert 'href="javascript' not in text
    assert "&quot;&lt;script&gt;&quot;" in text
    assert "<script>" not in text
    assert "m1.s1.ms1" in text
    needed = text_of(visitor.get(f"{base}/items/m1.s1.ms1", headers=SCRIPT))
    assert "Unblocks" in needed


def test_hostile_words_are_shown_as_words(visitor, owner, base) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    for entity_id in ("m1", "m1.s1", ROW):
        change = [{"op": "set", "id": entity_id, "field": "title", "value": hostile}]
        plans.edit_plan(owner.actor, owner.project_id, change=change)
    tenancy.rename_project(owner.actor, owner.project_id, title=hostile)
    for path in (base, f"{base}/items/{ROW}", f"{base}?q=%22%3E%3Cscript%3E", "/projects"):
        text = text_of(visitor.get(path))
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "&lt;script&gt;" in text, path


def test_a_claim_stands_at_its_row(visitor, owner, base) -> None:
    plans.claim_microstep(owner.actor, owner.project_id, microstep_id=ROW, holder="agent@laptop")
    assert "agent@laptop" in text_of(visitor.get(base))
    assert "agent@laptop" in text_of(visitor.get(f"{base}/items/{ROW}"))


def test_an_empty_project_names_the_next_command(visitor, owner) -> None:
    project = make_project(owner.person, org_id=owner.org_id, title="New")
    text = text_of(visitor.get(f"/projects/{project.id}/plan"))
    assert f"br link {project.id} --server http://localhost:8400 &amp;&amp; br sync" in text
    assert (
        visitor.get(f"/projects/{project.id}/plan/rows?since=0", headers=SCRIPT).status_code == 204
    )


def test_ten_thousand_rows_are_drawn_in_little_time(owner, visitor, capsys) -> None:
    plan = {
        "projectId": "p",
        "title": "Large",
        "version": "0.1.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            {
                "id": f"m{a}",
                "title": f"Milestone {a}",
                "steps": [
                    {
                        "id": f"m{a}.s{b}",
                        "title": f"Step {b}",
                        "microsteps": [
                            {
                                "id": f"m{a}.s{b}.ms{c}",
                                "title": f"Do the {c}th thing",
                                "status": "todo",
                                "criteria": ["It works"],
                            }
                            for c in range(1, 26)
                        ],
                    }
                    for b in range(1, 21)
                ],
            }
            for a in range(1, 21)
        ],
    }
    project = make_project(owner.person, org_id=owner.org_id, plan=json.loads(json.dumps(plan)))
    address = f"/projects/{project.id}/plan"
    visitor.get("/projects")  # templates are compiled once a process
    response = visitor.get(address)
    assert response.status_code == 200
    assert len(response.content) < 500_000
    drawn = seconds(lambda: visitor.get(address))
    whole = f"/api/projects/{project.id}/plan"
    assert visitor.get(whole).status_code == 200
    told = seconds(lambda: visitor.get(whole))
    with capsys.disabled():
        print(f"\n10,000 rows: page in {drawn * 1000:.0f} ms, as JSON in {told * 1000:.0f} ms")
    assert drawn < told * 20
