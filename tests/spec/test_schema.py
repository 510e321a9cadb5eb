"""The published schema, and what it accepts."""

import copy
import json
from pathlib import Path

import jsonschema_rs
import pytest
from plans import make_plan

from buildrunner.spec import schema
from buildrunner.spec.errors import PlanSyntaxError

ROOT = Path(__file__).parents[2]
PLANS = ("buildrunner-phase4.json", "buildrunner-phase8.json")
MICROSTEP = {"id": "m1.s1.ms1", "title": "T", "status": "todo", "criteria": ["It works"]}


def plan_with(**fields):
    microstep = {**MICROSTEP, **fields}
    return {
        "projectId": "p",
        "title": "T",
        "version": "1.0.0",
        "updatedAt": "2025-10-31T01:30:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "M",
                "steps": [{"id": "m1.s1", "title": "S", "microsteps": [microstep]}],
            }
        ],
    }


def test_the_committed_copies_equal_what_the_types_generate():
    generated = schema.generate()
    assert schema.schema() == generated
    published = ROOT / "docs" / "reference" / "plan.schema.json"
    packaged = ROOT / "src" / "buildrunner" / "spec" / "schema.json"
    assert json.loads(published.read_text()) == generated
    assert published.read_bytes() == packaged.read_bytes()


def test_it_is_a_valid_2020_12_schema_that_documents_every_member():
    document = schema.schema()
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"]
    jsonschema_rs.meta.validate(document)
    for name, definition in document["$defs"].items():
        assert definition["title"] == name
        assert definition["description"]
        for member in definition["properties"].values():
            assert member.get("description"), member


def test_nothing_forbids_unknown_fields():
    assert '"additionalProperties": false' not in json.dumps(schema.schema())
    plan = plan_with(custom={"a": [1]})
    plan["$schema"] = "../plan.schema.json"
    plan["changeHistory"] = plan["milestones"][0]["x"] = plan["milestones"][0]["steps"][0]["y"] = []
    assert schema.validate(plan) == []


@pytest.mark.parametrize("name", PLANS)
def test_real_plans_keep_to_it(name, data_dir):
    assert schema.validate_bytes((data_dir / "plans" / name).read_bytes()) == []


def test_generated_plans_keep_to_it():
    assert schema.validate(make_plan(250)) == []


def test_a_microstep_with_every_field_keeps_to_it():
    plan = plan_with(
        links=["https://example.org", {"url": "https://example.org", "title": "Issue"}],
        depends_on=["m1.s1.ms2"],
        owner="ada",
        effort_points=100,
        impact_score=10,
        priority="P1",
        risk_level="critical",
        risk_notes="n",
        demo_script=["open it"],
        rollback_plan="revert",
        post_check="look",
        checks=[{"id": "c1", "criterion": 0, "kind": "command", "run": "true", "expect": {}}],
        aliases=["m1.s1.ms9"],
    )
    assert schema.validate(plan) == []


@pytest.mark.parametrize(
    ("fields", "keyword"),
    [
        ({"status": "in_progress"}, "enum"),
        ({"status": None}, "enum"),
        ({"criteria": "It works"}, "type"),
        ({"criteria": [1]}, "type"),
        ({"title": ""}, "minLength"),
        ({"id": "m1 s1"}, "pattern"),
        ({"id": 7}, "type"),
        ({"effort_points": 0}, "minimum"),
        ({"effort_points": 101}, "maximum"),
        ({"effort_points": 1.5}, "type"),
        ({"impact_score": 11}, "maximum"),
        ({"priority": "P4"}, "enum"),
        ({"risk_level": "extreme"}, "enum"),
        ({"links": [3]}, "anyOf"),
        ({"links": [{"title": "no address"}]}, "anyOf"),
        ({"checks": {}}, "type"),
        ({"demo_script": "x"}, "type"),
        ({"rollback_plan": ["x"]}, "type"),
    ],
)
def test_violations_name_keyword_and_place(fields, keyword):
    (violation,) = schema.validate(plan_with(**fields))
    assert violation.keyword == keyword
    (field,) = fields
    assert violation.pointer.startswith(f"/milestones/0/steps/0/microsteps/0/{field}")
    assert violation.message


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0 "])
def test_versions_are_semantic(version):
    (violation,) = schema.validate({**plan_with(), "version": version})
    assert (violation.keyword, violation.pointer) == ("pattern", "/version")


@pytest.mark.parametrize("time", ["yesterday", "2025-10-31", "2025-10-31T25:00:00Z"])
def test_times_are_rfc_3339(time):
    (violation,) = schema.validate({**plan_with(), "updatedAt": time})
    assert (violation.keyword, violation.pointer) == ("format", "/updatedAt")


@pytest.mark.parametrize("field", ["projectId", "title", "version", "updatedAt", "milestones"])
def test_required_members_of_the_document(field):
    plan = plan_with()
    del plan[field]
    (violation,) = schema.validate(plan)
    assert (violation.keyword, violation.pointer) == ("required", "")


def test_violations_are_bounded():
    plan = make_plan(200)
    for milestone in plan["milestones"]:
        for step in milestone["steps"]:
            step["microsteps"] = [dict.fromkeys(m, 7) for m in copy.deepcopy(step["microsteps"])]
    assert len(schema.validate(plan, limit=25)) == 25


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_unreadable_bytes_are_a_syntax_error(data):
    with pytest.raises(PlanSyntaxError):
        schema.validate_bytes(data)


def test_bytes_may_begin_with_a_byte_order_mark():
    assert schema.validate_bytes(b"\xef\xbb\xbf" + json.dumps(plan_with()).encode()) == []
