"""The fields of the drawer over HTTP: each saved by itself, merged with others', never lost."""

import json

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import add_person, make_tenant
from kits.visitor import sign_in

SCRIPT = {"HX-Request": "true"}
ROW = "m1.s1.ms3"


@pytest.fixture
def plan(data_dir):
    return json.loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())


@pytest.fixture
def owner(db, plan):
    return make_tenant(name="Maya Lindgren", plan=plan)


@pytest.fixture
def visitor(owner):
    return sign_in(owner.person)


@pytest.fixture
def base(owner) -> str:
    return f"/projects/{owner.project_id}/plan"


def entity(tenant, entity_id: str) -> dict:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        document = plans.read_plan(access).plan()
    levels = document["milestones"]
    for name in ("steps", "microsteps", ""):
        for found in levels:
            if found["id"] == entity_id:
                return found
        levels = [child for found in levels for child in found.get(name, ())]
    raise AssertionError(entity_id)


def text_of(response) -> str:
    return response.content.decode()


def put(tenant, field, value, entity_id=ROW):
    operation = {"op": "set", "id": entity_id, "field": field, "value": value}
    plans.edit_plan(tenant.actor, tenant.project_id, change=[operation])


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("owner", {"value": " Tom  Ray "}, "Tom Ray"),
        ("priority", {"value": "P2"}, "P2"),
        ("risk_level", {"value": "low"}, "low"),
        ("effort_points", {"value": "13"}, 13),
        ("impact_score", {"value": "7"}, 7),
        ("description", {"value": "Two\r\nlines"}, "Two\nlines"),
        ("risk_notes", {"value": "It may break."}, "It may break."),
        ("rollback_plan", {"value": "Back."}, "Back."),
        ("post_check", {"value": "Look."}, "Look."),
        ("criteria", {"item": ["One", " Two "], "lines": "Three\n\nFour"}, ["One", "Two", "Three", "Four"]),
        ("links", {"item": ["https://a.example", "https://b.example Design note"]},
         ["https://a.example", {"url": "https://b.example", "title": "Design note"}]),
        ("demo_script", {"item": ["Start", "Look"]}, ["Start", "Look"]),
        ("depends_on", {"item": ["m1.s1.ms1", "m1.s1.ms2"]}, ["m1.s1.ms1", "m1.s1.ms2"]),
        ("checks", {"value": '[{"kind": "command", "run": "true"}]'}, [{"kind": "command", "run": "true"}]),
    ],
)  # fmt: skip
def test_every_field_of_a_microstep_is_saved_by_itself(
    visitor, owner, base, field, sent, stored
) -> None:
    before = entity(owner, ROW)
    seen = json.dumps(before[field]) if field in before else ""
    path = f"{base}/items/{ROW}"
    answer = visitor.post(
        path, {"field": field, "base": seen, **sent, "drawer": "1"}, headers=SCRIPT
    )
    assert answer.status_code == 200, text_of(answer)
    assert entity(owner, ROW) == {**before, field: stored}
    assert "<template data-drawer" in text_of(answer)
    # Emptied, it is gone again; a microstep keeps its list of criteria, empty.
    answer = visitor.post(path, {"field": field, "base": json.dumps(stored), "value": ""})
    assert answer.status_code == 303
    after = entity(owner, ROW)
    assert after.get(field) == ([] if field == "criteria" else None)


@pytest.mark.parametrize(
    ("entity_id", "field", "value", "stored"),
    [
        ("m1", "phase", "QA", "QA"),
        ("m1", "description", "Why", "Why"),
        ("m1.s1", "description", "Why", "Why"),
        ("m1.s1", "checks", "[]", []),
        (ROW, "note", '{"seen": [1, 2.5, true, null]}', {"seen": [1, 2.5, True, None]}),
    ],
)
def test_milestones_steps_and_unknown_fields(visitor, owner, base, entity_id, field, value, stored):
    answer = visitor.post(f"{base}/items/{entity_id}", {"field": field, "base": "", "value": value})
    assert answer.status_code == 303
    assert entity(owner, entity_id)[field] == stored
    page = text_of(visitor.get(f"{base}/items/{entity_id}", headers=SCRIPT))
    assert f'data-field="{field}"' in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("effort_points", "101", "a whole number from 1 to 100"),
        ("effort_points", "4.5", "a whole number"),
        ("effort_points", "٣", "a whole number"),
        ("priority", "P9", "one of P1, P2, P3"),
        ("risk_level", "huge", "one of low, medium, high, critical"),
        ("checks", "[", "This is no JSON"),
        ("checks", "{}", "must be a list"),
        ("note", "{'a': 1}", "line 1, column 2"),
        ("note", '"\\ud800"', "half a surrogate"),
        ("owner", "x" * 2001, "at most 2,000 characters"),
        ("id", "m9", "cannot be changed here"),
        ("microsteps", "[]", "cannot be changed here"),
        ("source", "{}", "cannot be changed here"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(visitor, owner, base, field, value, words) -> None:
    before = entity(owner, ROW)
    sent = {"field": field, "base": "", "value": value}
    refused = visitor.post(f"{base}/items/{ROW}", sent, headers=SCRIPT)
    assert refused.status_code == 422, text_of(refused)
    assert words in text_of(refused)
    plain = visitor.post(f"{base}/items/{ROW}", sent)
    assert (plain.status_code, words in text_of(plain)) == (422, True)
    assert entity(owner, ROW) == before


def test_a_field_of_another_kind_is_refused(visitor, owner, base) -> None:
    sent = {"field": "owner", "base": "", "value": "Tom"}
    refused = visitor.post(f"{base}/items/m1", sent, headers=SCRIPT)
    assert refused.status_code == 422
    assert "a milestone has no owner" in text_of(refused)


def test_edits_of_one_list_by_two_people_both_stand(visitor, owner, base) -> None:
    put(owner, "criteria", ["One", "Two", "Three"])
    seen = json.dumps(["One", "Two", "Three"])
    put(owner, "criteria", ["One", "Two, but better", "Three", "Theirs"])
    sent = {"field": "criteria", "base": seen, "item": ["Mine", "One", "Two", "Three"]}
    answer = visitor.post(f"{base}/items/{ROW}", {**sent, "drawer": "1"}, headers=SCRIPT)
    assert answer.status_code == 200
    merged = ["Mine", "One", "Two, but better", "Three", "Theirs"]
    assert entity(owner, ROW)["criteria"] == merged
    # The form goes on from what it sent, not from what came of it.
    assert 'data-sent="[&quot;Mine&quot;, &quot;One&quot;, &quot;Two&quot;' in text_of(answer)


def test_one_item_changed_by_both_shows_both(visitor, owner, base) -> None:
    put(owner, "criteria", ["One", "Two"])
    put(owner, "criteria", ["One", "Theirs"])
    sent = {"field": "criteria", "base": '["One", "Two"]', "item": ["One", "Mine"]}
    refused = visitor.post(f"{base}/items/{ROW}", sent, headers=SCRIPT)
    text = text_of(refused)
    assert refused.status_code == 409
    assert "Theirs" in text
    assert "Mine" in text
    assert 'data-exact="[&quot;One&quot;, &quot;Theirs&quot;]"' in text
    assert entity(owner, ROW)["criteria"] == ["One", "Theirs"]


def test_a_text_changed_by_both_shows_both(visitor, owner, base) -> None:
    put(owner, "owner", "Theirs")
    sent = {"field": "owner", "base": "", "value": "Mine"}
    refused = visitor.post(f"{base}/items/{ROW}", sent, headers=SCRIPT)
    assert refused.status_code == 409
    assert "Theirs" in text_of(refused)
    sent["base"] = '"Theirs"'
    assert visitor.post(f"{base}/items/{ROW}", sent).status_code == 303
    assert entity(owner, ROW)["owner"] == "Mine"


def test_links_keep_what_a_form_cannot_show(visitor, owner, base) -> None:
    links = [{"url": "https://a.example", "title": "A", "kind": "doc"}, "https://b.example"]
    put(owner, "links", links)
    sent = {"field": "links", "base": json.dumps(links), "item": ["https://b.example", "https://a.example A"]}  # fmt: skip
    assert visitor.post(f"{base}/items/{ROW}", sent).status_code == 303
    assert entity(owner, ROW)["links"] == links[::-1]


def test_only_web_addresses_become_links(visitor, owner, base) -> None:
    put(owner, "description", "x")
    text = text_of(visitor.get(f"{base}/items/{ROW}", headers=SCRIPT))
    assert 'class="icon-button visit"' not in text
    put(owner, "links", ["https://a.example <b>"])
    text = text_of(visitor.get(f"{base}/items/{ROW}", headers=SCRIPT))
    assert 'href="https://a.example" target="_blank" rel="noopener noreferrer"' in text


class TestDependencies:
    def test_a_circle_is_refused_with_its_chain(self, visitor, owner, base) -> None:
        put(owner, "depends_on", ["m1.s1.ms2"])
        put(owner, "depends_on", ["m1.s1.ms1"], "m1.s1.ms2")
        sent = {"field": "depends_on", "base": "", "item": [ROW]}
        refused = visitor.post(f"{base}/items/m1.s1.ms1", sent, headers=SCRIPT)
        assert refused.status_code == 422
        assert "m1.s1.ms1 → m1.s1.ms3 → m1.s1.ms2 → m1.s1.ms1" in text_of(refused)
        assert "depends_on" not in entity(owner, "m1.s1.ms1")

    def test_the_api_refuses_a_circle_by_its_code(self, owner, as_key) -> None:
        put(owner, "depends_on", ["m1.s1.ms1"])
        operation = {"op": "set", "id": "m1.s1.ms1", "field": "depends_on", "value": [ROW]}
        with pytest.raises(plans.PlanInvalid) as refused:
            plans.edit_plan(owner.actor, owner.project_id, change=[operation])
        assert refused.value.extensions["findings"][0]["code"] == "BR306"
        body = {"base_revision": 2, "operations": [operation]}
        answer = as_key(owner.key).post(f"/api/projects/{owner.project_id}/sync", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "plan_invalid")
        assert answer.json()["findings"][0]["code"] == "BR306"

    def test_both_sides_are_told(self, visitor, owner, base) -> None:
        put(owner, "depends_on", ["m1.s1.ms1"])
        put(owner, "depends_on", [ROW], "m1.s1.ms5")
        put(owner, "depends_on", ["m1"], "m2")
        text = text_of(visitor.get(f"{base}/items/{ROW}", headers=SCRIPT))
        assert 'value="m1.s1.ms1"' in text
        assert '<span class="figure">1</span> not done' in text
        assert f'href="{base}/items/m1.s1.ms5"' in text
        assert "microsteps affected" in text
        below = text_of(visitor.get(f"{base}/items/m2.s1.ms1", headers=SCRIPT))
        assert "through m2" in below

    def test_the_picker_finds_by_id_and_title_and_says_why_not(self, visitor, owner, base) -> None:
        put(owner, "depends_on", ["m1.s1.ms1"])
        address = f"{base}/candidates/m1.s1.ms1"
        found = text_of(visitor.get(f"{address}?q=m1.s1.ms3", headers=SCRIPT))
        assert 'data-value="m1.s1.ms3"' in found
        assert 'aria-disabled="true"' in found
        assert "Would run in a circle: m1.s1.ms1 → m1.s1.ms3 → m1.s1.ms1" in found
        by_title = text_of(visitor.get(f"{address}?q=node+typescript", headers=SCRIPT))
        assert 'data-value="m1.s1.ms2"' in by_title
        assert "aria-disabled" not in by_title
        nothing = text_of(visitor.get(f"{address}?q=<b>", headers=SCRIPT))
        assert "Nothing in the plan fits “&lt;b&gt;”" in nothing
        assert 'data-value="m1.s1.ms1"' not in text_of(visitor.get(address, headers=SCRIPT))

    def test_a_removed_one_is_named_and_can_be_taken_out(self, visitor, owner, base) -> None:
        sent = {"field": "depends_on", "base": "", "item": ["m1.s1.ms1"]}
        assert visitor.post(f"{base}/items/{ROW}", sent).status_code == 303
        sent = {"field": "depends_on", "base": '["m1.s1.ms1"]'}
        assert visitor.post(f"{base}/items/{ROW}", sent).status_code == 303
        assert "depends_on" not in entity(owner, ROW)
        sent = {"field": "depends_on", "base": "", "item": ["nowhere"]}
        refused = visitor.post(f"{base}/items/{ROW}", sent, headers=SCRIPT)
        assert (refused.status_code, "nowhere" in text_of(refused)) == (422, True)


class TestActivity:
    def test_who_changed_what_when(self, visitor, owner, base) -> None:
        put(owner, "status", "doing")
        put(owner, "status", "blocked")
        put(owner, "criteria", ["<b>", "Two"])
        put(owner, "title", "Elsewhere", "m1.s1.ms4")
        text = text_of(visitor.get(f"{base}/activity/{ROW}", headers=SCRIPT))
        assert "Maya Lindgren" in text
        assert "<del>Doing</del>" in text
        assert "<ins>Blocked</ins>" in text
        assert "Status set to Doing" in text
        assert "Criteria changed" in text
        assert "Here since the first push" in text
        assert "Elsewhere" not in text
        assert text.count("<li>") == 4

    def test_a_long_one_goes_on(self, visitor, owner, base) -> None:
        for number in range(25):
            put(owner, "title", f"T{number}")
        text = text_of(visitor.get(f"{base}/activity/{ROW}", headers=SCRIPT))
        assert text.count("<li>") == 20
        assert f'data-older="{base}/activity/{ROW}?before=7"' in text
        rest = text_of(visitor.get(f"{base}/activity/{ROW}?before=7", headers=SCRIPT))
        assert rest.count("<li>") == 6
        assert visitor.get(f"{base}/activity/{ROW}").status_code == 302
        assert visitor.get(f"{base}/activity/nobody", headers=SCRIPT).status_code == 404


def test_who_only_reads_sees_fields_and_no_forms(owner, base) -> None:
    put(owner, "owner", "Tom")
    put(owner, "links", ["https://a.example"])
    viewer = sign_in(add_person(owner, project_role="viewer"))
    text = text_of(viewer.get(f"{base}/items/{ROW}", headers=SCRIPT))
    assert "<form" not in text
    assert "<textarea" not in text
    assert "Tom" in text
    assert "lockfile present" in text
    sent = {"field": "owner", "base": '"Tom"', "value": "Ann"}
    assert viewer.post(f"{base}/items/{ROW}", sent, headers=SCRIPT).status_code == 403
    stranger = sign_in(make_tenant(name="Mallory").person)
    for path in (f"candidates/{ROW}", f"activity/{ROW}"):
        assert stranger.get(f"{base}/{path}").status_code == 404
