"""Whatever is sent: a clear 4xx, never a 5xx, and nothing written."""

from __future__ import annotations

import copy
import json
import math

import pytest

pytestmark = pytest.mark.django_db

LONG = "x" * 300
SET = {"op": "set", "id": "m1", "field": "title", "value": "T"}


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def microstep(**members):
    return {"id": "m1.s1.new", "title": "T", "status": "todo", "criteria": [], **members}


def add(**members):
    value = microstep(**members)
    return {"op": "add", "parent": "m1.s1", "after": None, "value": value}


OPERATIONS = {
    "no list": {"op": "set"},
    "text": "set",
    "null inside": [None],
    "number inside": [7],
    "no op": [{"id": "m1"}],
    "unknown op": [{**SET, "op": "explode"}],
    "op is a list": [{**SET, "op": ["set"]}],
    "id is a number": [{**SET, "id": 7}],
    "id is a list": [{**SET, "id": ["m1"]}],
    "field is an object": [{**SET, "field": {}}],
    "no value": [{"op": "set", "id": "m1", "field": "title"}],
    "extra member": [{**SET, "weight": 1}],
    "unknown id": [{**SET, "id": "nobody"}],
    "id with markup": [{**SET, "id": "<script>alert(1)</script>"}],
    "long id": [{**SET, "id": LONG}],
    "sets an id": [{**SET, "field": "id"}],
    "sets the children": [{**SET, "field": "steps", "value": [{"id": "m1.x"}]}],
    "empty field": [{**SET, "field": ""}],
    "long field": [{**SET, "field": LONG}],
    "deep": [{**SET, "field": "note", "value": nested(200)}],
    "wrong type": [{**SET, "value": 7}],
    "empty title": [{**SET, "value": ""}],
    "unknown status": [{**SET, "id": "m1.s1.ms1", "field": "status", "value": "finished"}],
    "points beyond": [{**SET, "id": "m1.s1.ms1", "field": "effort_points", "value": 10**9}],
    "huge number": [{**SET, "field": "note", "value": 10**400}],
    "criteria no list": [{**SET, "id": "m1.s1.ms1", "field": "criteria", "value": "one"}],
    "removes a title": [{"op": "unset", "id": "m1", "field": "title"}],
    "removes the root": [{"op": "remove", "id": ""}],
    "moves the root": [{"op": "move", "id": "", "parent": "m1", "after": None}],
    "moves into itself": [{"op": "move", "id": "m1", "parent": "m1.s1", "after": None}],
    "adds no object": [{"op": "add", "parent": "m1", "after": None, "value": "m1.s9"}],
    "adds without id": [{"op": "add", "parent": "m1", "after": None, "value": {"title": "T"}}],
    "adds a taken id": [add(id="m1.s1.ms1")],
    "adds a long id": [add(id=LONG)],
    "adds a control character": [add(id="m1.s1.\u0007")],
    "adds a space": [add(id="m1.s1. x")],
    "adds below a microstep": [{**add(), "parent": "m1.s1.ms1"}],
    "adds after a stranger": [{**add(), "after": "m1.s2"}],
    "dangling": [{**SET, "id": "m1.s1.ms1", "field": "depends_on", "value": ["nobody"]}],
    "on itself": [{**SET, "id": "m1.s1.ms1", "field": "depends_on", "value": ["m1.s1.ms1"]}],
    "on its own step": [{**SET, "id": "m1.s1.ms1", "field": "depends_on", "value": ["m1.s1"]}],
    "a circle through steps": [
        {**SET, "id": "m1.s1", "field": "depends_on", "value": ["m1.s2"]},
        {**SET, "id": "m1.s2.ms1", "field": "depends_on", "value": ["m1.s1.ms1"]},
    ],
    "a circle by moving": [
        {**SET, "id": "m1.s1.ms1", "field": "depends_on", "value": ["m1.s2"]},
        {"op": "move", "id": "m1.s1.ms1", "parent": "m1.s2", "after": None},
    ],
    "a circle": [
        {**SET, "id": "m1.s1.ms1", "field": "depends_on", "value": ["m1.s1.ms2"]},
        {**SET, "id": "m1.s1.ms2", "field": "depends_on", "value": ["m1.s1.ms1"]},
    ],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_bad_operations_are_refused_whole(api, first, name):
    body = {"base_revision": 1, "operations": OPERATIONS[name]}
    answer = api.post(f"{first.path}/sync", body)
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    codes = ("invalid_operations", "plan_invalid", "too_large", "invalid_request")
    assert answer.json()["code"] in codes
    assert api.get(f"{first.path}/plan")["BR-Revision"] == "1"


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "NaN": b'{"base_revision": NaN}',
    "named twice": b'{"base_revision": 1, "base_revision": 1}',
    "no UTF-8": b'{"base_revision": 1, "message": "\xff"}',
    "NUL byte": b'{"base_revision": 1, "message": "\x00"}',
    "NUL escape": b'{"base_revision": 1, "operations": '
    b'[{"op": "set", "id": "m1", "field": "title", "value": "a\\u0000b"}]}',
    "half a pair": b'{"base_revision": 1, "operations": '
    b'[{"op": "set", "id": "m1", "field": "title", "value": "\\ud800"}]}',
    "half a pair as field": b'{"base_revision": 1, "operations": '
    b'[{"op": "set", "id": "m1", "field": "\\udfff", "value": 1}]}',
    "very deep": b'{"base_revision": 1, "operations": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no base": b'{"operations": []}',
    "negative base": b'{"base_revision": -1}',
    "base as text": b'{"base_revision": "one"}',
    "base beyond": b'{"base_revision": 99999999999999999999999999}',
    "huge base": b'{"base_revision": 1' + b"0" * 5000 + b"}",
    "unknown member": b'{"base_revision": 1, "colour": "red"}',
    "control key": b'{"base_revision": 1, "idempotency_key": "a\\u0001", "operations": '
    b'[{"op": "set", "id": "m1", "field": "title", "value": "x"}]}',
    "empty key": b'{"base_revision": 1, "idempotency_key": " ", "operations": '
    b'[{"op": "set", "id": "m1", "field": "title", "value": "x"}]}',
    "both": b'{"base_revision": 1, "document": {"title": "x"}, "operations": '
    b'[{"op": "set", "id": "m1", "field": "title", "value": "x"}]}',
    "document no plan": b'{"base_revision": 0, "document": {"title": []}}',
    "bad resolutions": b'{"base_revision": 1, "resolutions": [1]}',
}


@pytest.mark.parametrize("name", BODIES)
def test_bad_bodies_are_refused(api, first, name):
    answer = api.call("POST", f"{first.path}/sync", raw=BODIES[name])
    assert 400 <= answer.status_code < 500, answer.content
    assert answer.json()["code"]
    assert api.get(f"{first.path}/plan")["BR-Revision"] == "1"


@pytest.mark.parametrize(
    "resolution",
    [{"id": "m1"}, {"id": 1, "field": "title", "value": 1}, {"id": "m1", "field": "t", "take": 1}],
)
def test_bad_resolutions_are_refused(first, second, api, resolution):
    first.plan["milestones"][0]["title"] = "Theirs"
    first.sync()
    second.plan["milestones"][0]["title"] = "Ours"
    answer = api.post(f"{second.path}/sync", second.request(resolutions=[resolution]))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_resolution")


def spoilt(plan, **members):
    changed = copy.deepcopy(plan)
    changed["milestones"][0]["steps"][0]["microsteps"][0].update(members)
    return changed


DOCUMENTS = {
    "no object": lambda plan: [plan],
    "no milestones": lambda plan: {"title": "T"},
    "milestones no list": lambda plan: {**plan, "milestones": {}},
    "an id twice": lambda plan: spoilt(plan, id="m1.s1.ms2"),
    "no id": lambda plan: spoilt(plan, id=None),
    "an empty id": lambda plan: spoilt(plan, id=""),
    "a long id": lambda plan: spoilt(plan, id=LONG),
    "a control character in an id": lambda plan: spoilt(plan, id="m1.s1.\u0007"),
    "dangling": lambda plan: spoilt(plan, depends_on=["nobody"]),
    "circular": lambda plan: spoilt(plan, depends_on=["m1.s1.ms1"]),
    "circular through its step": lambda plan: spoilt(plan, depends_on=["m1.s1"]),
    "a status of its own": lambda plan: spoilt(plan, status="finished"),
    "NUL": lambda plan: spoilt(plan, title="a\0b"),
    "half a pair": lambda plan: spoilt(plan, title="\ud800"),
    "half a pair as key": lambda plan: spoilt(plan, **{"\udc00": 1}),
    "not finite": lambda plan: spoilt(plan, note=math.nan),
    "infinite": lambda plan: spoilt(plan, note=math.inf),
    "a number beyond": lambda plan: spoilt(plan, note=2**60),
    "deep": lambda plan: spoilt(plan, note=nested(150)),
    "very deep": lambda plan: spoilt(plan, note="@@"),
}


@pytest.mark.parametrize("way", ["put", "push"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_bad_documents_are_refused_with_findings(api, tenant, plan, name, way):
    document = json.dumps(DOCUMENTS[name](plan)).replace('"@@"', "[" * 50_000 + "]" * 50_000)
    path = f"/api/projects/{tenant.project_id}"
    if way == "put":
        answer = api.call("PUT", f"{path}/plan", raw=document.encode())
    else:
        body = f'{{"base_revision": 0, "document": {document}}}'
        answer = api.call("POST", f"{path}/sync", raw=body.encode())
    assert answer.status_code in (400, 422), answer.content
    problem = answer.json()
    assert problem["code"] in ("plan_invalid", "too_large", "malformed_json", "invalid_request")
    if problem["code"] == "plan_invalid":
        assert problem["findings"]
        assert all(finding["message"] for finding in problem["findings"])
    assert api.get(f"{path}/plan").status_code == 404


def test_findings_name_the_line_of_the_text_that_was_put(api, tenant, plan):
    text = json.dumps(spoilt(plan, depends_on=["nobody"]), indent=2)
    line = next(n for n, t in enumerate(text.splitlines(), 1) if '"nobody"' in t)
    path = f"/api/projects/{tenant.project_id}/plan"
    (finding,) = api.call("PUT", path, raw=text.encode()).json()["findings"]
    assert (finding["code"], finding["line"]) == ("BR304", line)
    assert finding["entity_id"] == "m1.s1.ms1"
    broken = api.call("PUT", path, raw=b'{"title": "T",\n "milestones": [}').json()
    assert broken["code"] == "plan_invalid"
    assert broken["findings"][0]["line"] == 2


def test_what_only_looks_like_a_nul_or_an_attack_is_kept(api, tenant, plan):
    title = '\\u0000 <script>alert("x")</script> \u202e\U0001f600 &amp;'
    strange = spoilt(plan, title=title, **{"x-<b>": {"\U0001f600": 1.50, "\uffff": -0.0}})
    path = f"/api/projects/{tenant.project_id}"
    assert api.put(f"{path}/plan", strange).status_code == 201
    assert api.get(f"{path}/plan").json() == strange
    operation = {**SET, "id": "m1.s1.ms1", "field": "\U0001f600", "value": title}
    answer = api.post(f"{path}/sync", {"base_revision": 1, "operations": [operation]})
    assert answer.status_code == 200
    whole = api.get(f"{path}/revisions/2?document=1").json()
    assert whole["operations"] == [operation]
    assert whole["document"] == api.get(f"{path}/plan").json()


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(api, tenant):
    answer = api.client.generic(
        "PUT",
        f"/api/projects/{tenant.project_id}/plan",
        b"{}",
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.key}", "Content-Length": "99999999999"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"microstep_id": 7},
        {"microstep_id": ""},
        {"microstep_id": "m1.s1.ms1", "ttl_seconds": 0},
        {"microstep_id": "m1.s1.ms1", "ttl_seconds": 10**12},
        {"microstep_id": "m1.s1.ms1", "holder": LONG},
        {"microstep_id": "m1.s1.ms1", "holder": "a\u0007"},
    ],
)
def test_bad_claims_are_refused(api, first, body):
    assert api.post(f"{first.path}/claims", body).status_code == 422


@pytest.mark.parametrize("identifier", ["nobody", "%3Cscript%3E", "a%2Fb", "%ED%A0%80", LONG * 20])
def test_claims_on_odd_ids_are_absent(api, first, identifier):
    assert api.delete(f"{first.path}/claims/{identifier}").status_code == 404
    taken = api.post(f"{first.path}/claims", {"microstep_id": identifier})
    assert taken.status_code == 404
    assert api.delete(f"{first.path}/claims/x?holder=%00").status_code in (400, 404)
