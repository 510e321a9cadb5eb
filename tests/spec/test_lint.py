"""What lint finds, where, and that nothing makes it raise."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import make_plan

from buildrunner.spec import findings, lint, source
from buildrunner.spec.document import loads
from buildrunner.spec.errors import PlanSyntaxError

ROOT = Path(__file__).parents[2]
PLANS = ("buildrunner-phase4.json", "buildrunner-phase8.json")
RUN = {"id": "c", "kind": "command", "run": "make test"}


def plan_of(*microsteps, **fields):
    """A plan of one step whose microsteps are `m1.s1.ms1` … with the given fields."""
    made = [
        {
            "id": f"m1.s1.ms{number}",
            "title": f"Microstep {number}",
            "status": "todo",
            "criteria": ["It works"],
            **microstep,
        }
        for number, microstep in enumerate(microsteps, 1)
    ]
    return {
        "projectId": "p",
        "title": "T",
        "version": "1.0.0",
        "updatedAt": "2025-10-31T01:30:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "M",
                "steps": [{"id": "m1.s1", "title": "S", "microsteps": made}],
            }
        ],
        **fields,
    }


def text_of(plan):
    return json.dumps(plan, indent=2, ensure_ascii=False) + "\n"


def lint_plan(plan):
    return lint.lint(text_of(plan).encode())


def codes(found):
    return [finding.code for finding in found]


def only(found):
    assert len(found) == 1, found
    finding = found[0]
    assert finding.message
    assert finding.hint
    return finding


MICROSTEP = "/milestones/0/steps/0/microsteps"


@pytest.mark.parametrize("name", PLANS)
def test_real_plans_are_clean(name, data_dir):
    assert lint.lint((data_dir / "plans" / name).read_bytes()) == []


def test_generated_plans_are_clean():
    assert lint_plan(make_plan(500)) == []


def test_the_reference_page_is_generated_from_the_rules():
    page = (ROOT / "docs" / "reference" / "lint.md").read_text()
    assert page == findings.reference_page()
    for code, (severity, title) in lint.RULES.items():
        assert f"| {code} | {severity} | {title} |" in page
        assert severity in ("error", "warning")
        assert lint.MENDS[code].endswith(".")


def test_a_finding_is_one_json_object():
    finding = only(lint_plan(plan_of({"status": "in_progress"})))
    assert json.loads(json.dumps(finding.as_dict())) == {
        "code": "BR203",
        "severity": "error",
        "message": "the status 'in_progress' is unknown",
        "pointer": f"{MICROSTEP}/0/status",
        "line": 18,
        "column": 15,
        "hint": 'write "doing"; the statuses are todo, doing, blocked, done',
        "entity_id": "m1.s1.ms1",
    }


# Reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ('{"a": 1,}', "BR103", 1, 8),
        ('{\n  "a": [1, 2,\n  ]\n}', "BR103", 2, 13),
        ('{\n  "a": 1\n  "b": 2\n}', "BR104", 2, 9),
        ('{"a" 1}', "BR104", 1, 5),
        ('{"a": [1 2]}', "BR104", 1, 9),
        ('{\n  "a": "b,\n  "c": 1\n}', "BR105", 2, 8),
        ('{"a": "b}', "BR105", 1, 7),
        ('{"a": "x\ty"}', "BR105", 1, 9),
        ('{"a": "\\x"}', "BR105", 1, 8),
        ('{"a": "say "hi" now"}', "BR105", 1, 12),
        ('{"a": "b', "BR106", 1, 7),
        ('{"a": [', "BR106", 1, 8),
        ('{"a": tr', "BR106", 1, 9),
        ("{'a': 1}", "BR107", 1, 2),
        ("{\"a\": 'x'}", "BR107", 1, 7),
        ("{a: 1}", "BR107", 1, 2),
        ('{"a": True}', "BR107", 1, 7),
        ('{"a": todo}', "BR107", 1, 7),
        ('{"a": 1 // note\n}', "BR115", 1, 9),
        ('# note\n{"a": 1}', "BR115", 1, 1),
        ('{"a": [1, 2}', "BR120", 1, 12),
        ('{"a": [1, "b": 2}', "BR120", 1, 14),
        ('{"a": {"b": 1]}', "BR120", 1, 14),
        ('{"a":,}', "BR101", 1, 6),
        ('{"a": 01}', "BR101", 1, 7),
        ("<html>", "BR101", 1, 1),
        ('{"a": 1}\n\n{"b": 2}\n', "BR102", 3, 1),
        ('{"a": 1}}', "BR102", 1, 9),
        ('{"a": 1},\n"b": 2}', "BR102", 1, 9),
        ("[1]", "BR118", 1, 1),
        ("null", "BR118", 1, 1),
        (' "text"', "BR118", 1, 2),
        ("", "BR116", 1, 1),
        (" \n\t", "BR116", 1, 1),
        ('{"a": ' + "[" * 100_000, "BR109", 1, None),
        ('{"a": ' + '{"b":' * 100_000, "BR109", 1, None),
    ],
)
def test_syntax_errors_name_cause_and_place(text, code, line, column):
    finding = next(f for f in lint.lint(text.encode()) if f.code < "BR2")
    assert (finding.code, finding.line) == (code, line)
    assert column is None or finding.column == column
    with pytest.raises(PlanSyntaxError) as caught:
        loads(text.encode())
    assert (caught.value.code, caught.value.line) == (code, line)
    assert caught.value.hint


def test_a_second_plan_after_the_end_is_named_and_the_first_one_still_checked(data_dir):
    text = (data_dir / "plans" / PLANS[0]).read_text()
    plan = json.loads(text)
    del plan["title"]
    found = lint.lint((text_of(plan) + text).encode())
    assert codes(found) == ["BR201", "BR102"]
    assert found[1].line == len(text_of(plan).splitlines()) + 1
    assert found[1].column == 1
    assert f"ends on line {found[1].line - 1}" in found[1].message


def test_conflict_markers_are_named_with_their_range():
    text = text_of(plan_of({}))
    lines = text.splitlines()
    lines[1:2] = ["<<<<<<< HEAD", lines[1], "=======", '  "projectId": "q",', ">>>>>>> topic"]
    finding = only(lint.lint("\n".join(lines).encode()))
    assert (finding.code, finding.line, finding.column) == ("BR108", 2, 1)
    assert "to line 6" in finding.message


def test_a_left_over_marker_line_is_named():
    text = text_of(plan_of({})).replace('  "title"', '>>>>>>> topic\n  "title"', 1)
    finding = only(lint.lint(text.encode()))
    assert (finding.code, finding.line) == ("BR108", 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"a": 1}'.encode("utf-16"), "BR111"),
        ('{"a": 1}'.encode("utf-16-le"), "BR111"),
        ('{"a": 1}'.encode("utf-16-be"), "BR111"),
        ('{"a": 1}'.encode("utf-32"), "BR111"),
        ('{"a": "é"}'.encode("latin-1"), "BR111"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "BR112"),
        (b"PK\x03\x04\x14\0\0\0", "BR112"),
        (b'{"a": "\0"}', "BR112"),
        (bytes(range(256)), "BR112"),
    ],
)
def test_other_encodings_and_binary_data(data, code):
    assert only(lint.lint(data)).code == code


def test_a_byte_order_mark_is_a_warning():
    finding = only(lint.lint(b"\xef\xbb\xbf" + text_of(plan_of({})).encode()))
    assert (finding.code, finding.severity, finding.line, finding.column) == (
        "BR113",
        "warning",
        1,
        1,
    )


def test_duplicate_keys_are_named_where_the_second_stands():
    text = text_of(plan_of({})).replace('"status": "todo"', '"status": "todo", "status": "done"')
    found = lint.lint(text.encode())
    finding = only(found)
    assert (finding.code, finding.pointer) == ("BR110", f"{MICROSTEP}/0/status")
    lines = text.splitlines()
    assert lines[finding.line - 1][finding.column - 1 :].startswith('"status": "done"')
    assert finding.entity_id == "m1.s1.ms1"


def test_duplicates_at_the_root_and_inside_replaced_values_are_reported_once():
    found = lint.lint(b'{"a{": {"x": 1, "x": 1, "x": 1}, "b": 1, "b": {"y": 1, "y": 2}}')
    assert [f.pointer for f in found if f.code == "BR110"] == ["/a{/x", "/a{/x", "/b", "/b/y"]


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e999", "9007199254740992", "1" * 5000]
)
def test_numbers_that_cannot_be_exchanged(literal):
    text = text_of(plan_of({}, budget=0)).replace('"budget": 0', f'"budget": [1, {literal}]')
    finding = only(lint.lint(text.encode()))
    assert (finding.code, finding.pointer) == ("BR114", "/budget/1")
    assert len(finding.message) < 120


def test_half_a_surrogate_pair():
    text = text_of(plan_of({"owner": "x"})).replace('"x"', '"\\ud83d"')
    finding = only(lint.lint(text.encode()))
    assert (finding.code, finding.pointer) == ("BR119", f"{MICROSTEP}/0/owner")
    whole = text_of(plan_of({"owner": "x"})).replace('"x"', '"\\ud83d\\ude00"')
    assert lint.lint(whole.encode()) == []


def test_files_too_large_are_refused_before_they_are_parsed(monkeypatch):
    monkeypatch.setattr(findings, "MAX_BYTES", 1000)
    assert only(lint.lint(b"{" * 1001)).code == "BR117"
    assert lint.too_large(300_000_000).message == "the file has 300 MB, a plan may have 0 MB"


def test_a_hundred_megabytes_are_read():
    data = text_of(plan_of({"risk_notes": "@"})).encode()
    assert lint.lint(data.replace(b"@", b"x " * 50_000_000)) == []
    assert codes(lint.lint(data.replace(b"@", b"x" * 100_000_000)[:-1000]))[-1:] == ["BR106"]


# Schema ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"status": "completed"}, "BR203", 'write "done"'),
        ({"status": "Todo"}, "BR203", 'write "todo"'),
        ({"status": "maybe"}, "BR203", "use one of"),
        ({"status": 7}, "BR203", "use one of"),
        ({"priority": "high"}, "BR204", "P1"),
        ({"criteria": "It works"}, "BR202", "must be an array, not text"),
        ({"criteria": [["It works"]]}, "BR202", "must be text, not an array"),
        ({"links": [7]}, "BR202", "object with a url"),
        ({"effort_points": 0}, "BR207", "at least 1"),
        ({"effort_points": 500}, "BR207", "at most 100"),
        ({"title": ""}, "BR208", "title is empty"),
        ({"owner": None}, "BR202", "not null"),
    ],
)
def test_schema_findings_say_what_is_wanted(fields, code, words):
    finding = only(lint_plan(plan_of(fields)))
    assert finding.code == code
    assert words in f"{finding.message} {finding.hint}"
    assert finding.pointer.startswith(f"{MICROSTEP}/0/{next(iter(fields))}")
    assert finding.entity_id == "m1.s1.ms1"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("version", "1.0", "BR205"),
        ("version", "v1", "BR205"),
        ("updatedAt", "yesterday", "BR206"),
        ("updatedAt", "2025-13-01T00:00:00Z", "BR206"),
        ("milestones", {}, "BR202"),
        ("milestones", None, "BR202"),
        ("milestones", [7], "BR202"),
    ],
)
def test_schema_findings_of_the_document(field, value, code):
    finding = only(lint_plan(plan_of({}, **{field: value})))
    assert finding.code == code
    assert finding.pointer.startswith(f"/{field}")


def test_missing_members_are_named_at_the_object():
    plan = plan_of({}, {})
    del plan["milestones"][0]["steps"][0]["microsteps"][1]["criteria"]
    finding = only(lint_plan(plan))
    assert (finding.code, finding.pointer) == ("BR201", f"{MICROSTEP}/1")
    assert finding.hint == 'add "criteria"'
    assert finding.entity_id == "m1.s1.ms2"


def test_long_values_are_not_repeated_in_full():
    found = lint_plan(plan_of({"status": "x" * 10_000, "priority": "y" * 10_000}))
    assert max(len(finding.message) for finding in found) < 200


# Ids and references ----------------------------------------------------------------------


def test_an_id_used_twice():
    finding = only(lint_plan(plan_of({}, {"id": "m1.s1.ms1"})))
    assert (finding.code, finding.pointer) == ("BR301", f"{MICROSTEP}/1/id")
    assert f"{MICROSTEP}/0" in finding.message


def test_an_id_outside_its_parents_namespace():
    finding = only(lint_plan(plan_of({"id": "m2.s1.ms1"})))
    assert (finding.code, finding.severity) == ("BR302", "warning")
    assert finding.pointer == f"{MICROSTEP}/0/id"
    assert codes(lint_plan(plan_of({"id": "m1.s1x"}))) == ["BR302"]


def test_aliases_that_clash():
    found = lint_plan(plan_of({"aliases": ["m1.s1.ms2", "old"]}, {"aliases": ["old", "fine"]}, {}))
    assert [(f.code, f.pointer) for f in found] == [
        ("BR303", f"{MICROSTEP}/0/aliases/0"),
        ("BR303", f"{MICROSTEP}/1/aliases/0"),
    ]


def test_dangling_dependencies_with_a_guess():
    finding = only(lint_plan(plan_of({}, {"depends_on": ["M1.S1.MS1"]})))
    assert (finding.code, finding.pointer) == ("BR304", f"{MICROSTEP}/1/depends_on/0")
    assert "'m1.s1.ms1'" in finding.hint


def test_self_repeated_and_aliased_dependencies():
    found = lint_plan(
        plan_of(
            {"aliases": ["m1.s1.ms9"]},
            {"depends_on": ["m1.s1.ms2", "m1.s1.ms1", "m1.s1.ms1"]},
            {"depends_on": ["m1.s1.ms9"]},
        )
    )
    assert [(f.code, f.pointer.rpartition("/microsteps/")[2]) for f in found] == [
        ("BR305", "1/depends_on/0"),
        ("BR307", "1/depends_on/2"),
        ("BR308", "2/depends_on/0"),
    ]


def test_cycles_are_printed():
    found = lint_plan(
        plan_of(
            {"depends_on": ["m1.s1.ms3"]},
            {"depends_on": ["m1.s1.ms1"]},
            {"depends_on": ["m1.s1.ms2"]},
            {"depends_on": ["m1.s1.ms1"]},
        )
    )
    finding = only(found)
    assert (finding.code, finding.pointer) == ("BR306", f"{MICROSTEP}/0/depends_on")
    assert "m1.s1.ms1 → m1.s1.ms3 → m1.s1.ms2 → m1.s1.ms1" in finding.message


def test_every_knot_is_reported_once():
    found = lint_plan(
        plan_of(
            {"depends_on": ["m1.s1.ms2"]},
            {"depends_on": ["m1.s1.ms1"]},
            {"depends_on": ["m1.s1.ms4"]},
            {"depends_on": ["m1.s1.ms3"]},
        )
    )
    assert codes(found) == ["BR306", "BR306"]


def test_cycles_through_steps_are_found():
    plan = plan_of({"depends_on": ["m1.s2"]})
    plan["milestones"][0]["steps"].append(
        {
            "id": "m1.s2",
            "title": "S2",
            "microsteps": [
                {
                    "id": "m1.s2.ms1",
                    "title": "T",
                    "status": "todo",
                    "criteria": ["c"],
                    "depends_on": ["m1.s1"],
                }
            ],
        }
    )
    finding = only(lint_plan(plan))
    assert finding.code == "BR306"
    assert "m1.s1.ms1 → m1.s2 → m1.s2.ms1 → m1.s1 → m1.s1.ms1" in finding.message
    plan["milestones"][0]["steps"][1]["microsteps"][0].pop("depends_on")
    assert lint_plan(plan) == []


def test_waiting_for_what_one_lies_in_is_a_cycle():
    assert codes(lint_plan(plan_of({"depends_on": ["m1"]}))) == ["BR306"]


def test_a_long_cycle_is_shortened():
    count = 5000
    plan = plan_of(*({"depends_on": [f"m1.s1.ms{n % count + 1}"]} for n in range(1, count + 1)))
    finding = only(lint_plan(plan))
    assert finding.code == "BR306"
    assert "4988 more" in finding.message
    assert len(finding.message) < 400


# Content and safety ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"criteria": []}, "BR401", "criteria"),
        ({"criteria": ["a", " "]}, "BR402", "criteria/1"),
        ({"criteria": [""]}, "BR402", "criteria/0"),
        ({"criteria": ["a", "b", "a"]}, "BR403", "criteria/2"),
        ({"risk_level": "high"}, "BR405", "risk_level"),
        ({"risk_level": "critical", "rollback_plan": " "}, "BR405", "risk_level"),
        ({"links": ["not a url"]}, "BR406", "links/0"),
        ({"links": ["https://ok.example", "example.org/x"]}, "BR406", "links/1"),
        ({"links": ["https://"]}, "BR406", "links/0"),
        ({"links": ["https://exa mple.org"]}, "BR406", "links/0"),
        ({"links": ["http://host:99999/"]}, "BR406", "links/0"),
        ({"links": [{"url": "nowhere", "title": "x"}]}, "BR406", "links/0/url"),
        ({"links": ["javascript:alert(1)"]}, "BR502", "links/0"),
        ({"links": ["JaVa\tscript:alert(1)"]}, "BR502", "links/0"),
        ({"links": ["https://ada:hunter2@example.org/"]}, "BR503", "links/0"),
        ({"title": "  "}, "BR407", "title"),
        ({"dependsOn": []}, "BR408", "dependsOn"),
        ({"prioritty": "P1"}, "BR408", "prioritty"),
        ({"risk": "high"}, "BR408", "risk"),
        ({"checks": [RUN | {"criterion": 1}]}, "BR409", "checks/0/criterion"),
        ({"checks": [RUN, RUN]}, "BR410", "checks/1/id"),
        ({"checks": [RUN | {"kind": "shell"}]}, "BR411", "checks/0/kind"),
        ({"checks": [{"id": "c", "run": "true"}]}, "BR411", "checks/0"),
        ({"checks": [RUN | {"run": " "}]}, "BR412", "checks/0"),
        ({"checks": [{"id": "c", "kind": "http"}]}, "BR412", "checks/0"),
        ({"checks": [{"id": "c", "kind": "coverage"}]}, "BR412", "checks/0"),
        ({"checks": [RUN | {"paths": ["src", "../other"]}]}, "BR413", "checks/0/paths/1"),
        ({"checks": [RUN | {"cwd": "/tmp"}]}, "BR413", "checks/0/cwd"),
        ({"checks": [RUN | {"timeout": 86_401}]}, "BR414", "checks/0/timeout"),
        ({"checks": [RUN | {"timeout": 0}]}, "BR207", "checks/0/timeout"),
        ({"checks": [RUN | {"id": ""}]}, "BR415", "checks/0"),
    ],
)
def test_content_and_safety(fields, code, where):
    finding = only(lint_plan(plan_of(fields)))
    assert (finding.code, finding.pointer) == (code, f"{MICROSTEP}/0/{where}")
    assert "hunter2" not in json.dumps(finding.as_dict())


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "http://localhost:3000/a?b=c#d",
        "https://[::1]:8080/x",
        "https://example.org/a@b:c",
        "https://ada@example.org/",
        "https://müller.example/ü",
        "mailto:ada@example.org",
        "ssh://git@example.org/x.git",
        "urn:isbn:0451450523",
    ],
)
def test_sound_links_are_left_alone(address):
    assert lint_plan(plan_of({"links": [address, {"url": address}]})) == []


def test_done_on_top_of_unfinished_dependencies():
    finding = only(lint_plan(plan_of({}, {"status": "done", "depends_on": ["m1.s1.ms1"]})))
    assert (finding.code, finding.severity) == ("BR404", "warning")
    assert finding.pointer == f"{MICROSTEP}/1/status"
    fine = plan_of({"status": "done"}, {"status": "done", "depends_on": ["m1.s1.ms1"]})
    assert lint_plan(fine) == []


def test_done_on_top_of_an_unfinished_step():
    plan = plan_of({}, {"status": "done"})
    later = copy.deepcopy(plan["milestones"][0]["steps"][0])
    later["id"] = "m1.s2"
    later["depends_on"] = ["m1.s1"]
    for number, microstep in enumerate(later["microsteps"], 1):
        microstep["id"] = f"m1.s2.ms{number}"
    plan["milestones"][0]["steps"].append(later)
    finding = only(lint_plan(plan))
    assert (finding.code, finding.entity_id) == ("BR404", "m1.s2.ms2")


def test_unknown_fields_may_be_anything_readable():
    deep = []
    for _ in range(150):
        deep = [deep]
    assert lint_plan(plan_of({"x": deep, "changeHistory": [{"a": None}]}, meta=deep)) == []
    for _ in range(100):
        deep = [deep]
    finding = only(lint_plan(plan_of({"x": deep})))
    assert (finding.code, finding.pointer) == ("BR109", f"{MICROSTEP}/0/x")


SECRETS = {
    "AWS": "AKIA" + "QYLPMN5HHHFPZAM2",
    "GitHub": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "GitHub fine": "github_pat_"
    + "11ABCDEFG0aBcDeFgHiJkL_"
    + "mNoPqRsTuVwXyZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHI",
    "GitLab": "glpat-" + "zYx9WvU8tSr7QpO6nMl5",
    "Slack": "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
    "Stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "Anthropic": "sk-ant-" + "api03-R2D2c3poBB8yodaLUKEleiaHAN",
    "OpenAI": "sk-proj-" + "abcDEF123456ghiJKL789mnoPQR",
    "Google": "AIza" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9."
    + "eyJzdWIiOiIxMjM0NTY3ODkwIn0."
    + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "npm": "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "BuildRunner": "br_" + "V1StGXR8Z5jdHi6BmyTnQ2wE4rT6yU8iO0pA",
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("around", ["{}", "export KEY={};", "line one\n{}", "(é {})", '"{}"'])
def test_secrets_are_found_placed_and_never_printed(name, around):
    secret = SECRETS[name]
    text = text_of(plan_of({}, {"criteria": ["It works", around.format(secret)], "é": "x"}))
    finding = only(lint.lint(text.encode()))
    assert (finding.code, finding.pointer) == ("BR501", f"{MICROSTEP}/1/criteria/1")
    assert finding.entity_id == "m1.s1.ms2"
    line = text.splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith(secret)
    assert secret not in json.dumps(finding.as_dict())
    assert secret[8:] not in finding.message


def test_private_keys_and_secrets_in_keys_are_found():
    block = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
    assert codes(lint_plan(plan_of({"risk_notes": block}))) == ["BR501"]
    finding = only(lint_plan(plan_of({}, **{SECRETS["GitHub"]: 1})))
    assert finding.code == "BR501"
    assert SECRETS["GitHub"] not in finding.message
    assert codes(lint_plan(plan_of({"risk_notes": block.replace("PRIVATE", "PUBLIC")}))) == []


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-ant-your-key-goes-here-0123456789",
        "a-very-long-kebab-case-branch-name-for-a-feature",
        "0123456789abcdef0123456789abcdef01234567",
        "sk-learn-compatible-estimator-for-everything-else",
    ],
)
def test_stand_ins_and_ordinary_long_words_are_no_secrets(text):
    assert lint_plan(plan_of({"criteria": [text]})) == []


# Places, bounds, robustness --------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_are_those_of_the_text(newline):
    text = text_of(plan_of({"criteria": ["é😀", ""], "owner": 7})).replace("\n", newline)
    found = lint.lint(text.encode())
    assert codes(found) == ["BR402", "BR202"]
    offsets = source.locate(text, [f.pointer for f in found])
    for finding in found:
        line = text.split("\n")[finding.line - 1]
        before = sum(len(row) + 1 for row in text.split("\n")[: finding.line - 1])
        assert before + finding.column - 1 == offsets[finding.pointer]
        assert line[finding.column - 1] == '"'


def test_findings_of_one_kind_are_summed_up_beyond_a_hundred():
    found = lint_plan(plan_of(*({"status": "odd", "depends_on": ["nowhere"]} for _ in range(150))))
    assert codes(found).count("BR203") == codes(found).count("BR304") == lint.PER_CODE + 1
    assert sum("more like this" in finding.message for finding in found) == 2


@pytest.mark.parametrize("levels", [250, 500, 900, 990, 1100, 5000])
@pytest.mark.parametrize("field", ["x", "criteria", "links", "checks", "milestones", "status"])
def test_deep_values_anywhere_are_findings(levels, field):
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        deep = opening * levels + "0" + closing * levels
        inside = text_of(plan_of({field: 0})).replace(f'"{field}": 0', f'"{field}": {deep}')
        assert is_sound(lint.lint(inside.encode()))
        assert is_sound(lint.lint(f'{{"{field}": {deep}}}'.encode()))
        assert is_sound(lint.lint(f'{{"{field}": {deep}, "a": 1, "a": NaN}}'.encode()))


def test_nesting_around_the_readers_limit_never_raises():
    for levels in range(900, 1000):
        deep = "[" * levels + "]" * levels
        text = text_of(plan_of({"x": 0, "status": "odd"})).replace('"x": 0', f'"x": {deep}')
        assert is_sound(lint.lint(text.encode()))


def is_sound(found):
    for finding in found:
        assert finding.code in lint.RULES
        assert finding.line >= 1
        assert finding.column >= 1
        json.dumps(finding.as_dict())
    return bool(found)


@pytest.mark.parametrize(("name", "stride"), [(PLANS[0], 1), (PLANS[1], 31)])
def test_a_plan_cut_off_anywhere_is_a_finding_never_an_exception(name, stride, data_dir):
    data = (data_dir / "plans" / name).read_bytes()
    for end in range(0, len(data.rstrip()), stride):
        found = lint.lint(data[:end])
        assert is_sound(found), end
        assert found[0].code in ("BR106", "BR116"), (end, found)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(data):
    assert is_sound(lint.lint(data))


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_a_real_plan_makes_it_raise(data):
    text = (Path(__file__).parents[1] / "data" / "plans" / PLANS[0]).read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        end = place + data.draw(st.integers(0, 5))
        text = text[:place] + data.draw(st.sampled_from(DAMAGE)) + text[end:]
    is_sound(lint.lint(text))


DAMAGE = [b"", b'"', b"'", b",", b"}", b"]", b"{", b"[", b"\\", b"\n", b"\xff", b"\0", b"NaN"]
DAMAGE += [b"\xc3", b"\\ud800", b":", b"//", b"<<<<<<< a\n", b"7", b"null", b'"id": "m1",']

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FIELDS = ["id", "title", "status", "criteria", "links", "depends_on", "aliases", "checks"]
FIELDS += ["risk_level", "rollback_plan", "effort_points", "steps", "microsteps", "milestones"]


@settings(max_examples=200)
@given(st.data())
def test_members_of_any_type_are_findings_never_exceptions(data):
    plan = plan_of({"depends_on": ["m1.s1.ms2"]}, {"links": ["https://example.org"]})
    milestone = plan["milestones"][0]
    step = milestone["steps"][0]
    nodes = [plan, milestone, step, *step["microsteps"]]
    for _ in range(data.draw(st.integers(1, 4))):
        node = data.draw(st.sampled_from(range(len(nodes))).map(nodes.__getitem__))
        node[data.draw(st.sampled_from(FIELDS))] = data.draw(ANYTHING)
    is_sound(lint.lint(json.dumps(plan).encode()))
    is_sound(lint.lint(json.dumps(plan, ensure_ascii=False).encode("utf-8", "surrogatepass")))
