"""Every template fills, lints clean, and its commands, patterns and expectations are well formed."""

import re
import subprocess
from typing import Any

import pytest
import re2

from buildrunner.evidence.checks import Check
from buildrunner.evidence.expectations.answers import judge_answer, judge_command, judge_file
from buildrunner.evidence.templates import Template, TemplateError, fill, find, templates
from buildrunner.evidence.templates.library import CATEGORIES, KINDS
from buildrunner.spec.layout import dumps
from buildrunner.spec.lint import lint

ALL = templates()
# What a template is filled with where it has no default.
SAID = {"text": "the o'clock sign", "path": "some folder/a.txt", "number": 7, "command": "script/try --fast", "pattern": "order_id"}  # fmt: skip
SPECIAL = {"page": "/settings", "path": "/api/orders/1"}


def filled(template: Template) -> tuple[list[str], list[dict[str, Any]]]:
    given = {
        each.name: SPECIAL.get(each.name, SAID[each.kind])
        for each in template.parameters
        if each.default is None
    }
    return fill(template, given)


def plan_of(criteria: list[str], checks: list[dict[str, Any]]) -> dict[str, Any]:
    microstep = {"id": "m1.s1.ms1", "title": "Work", "status": "todo", "criteria": criteria, "checks": checks}  # fmt: skip
    step = {"id": "m1.s1", "title": "Step", "microsteps": [microstep]}
    milestone = {"id": "m1", "title": "Milestone", "steps": [step]}
    return {"projectId": "3f1c6a52-7c1e-4a9c-9d3a-0d5b7f6a1c11", "title": "Plan", "version": "1.0.0", "updatedAt": "2026-01-01T00:00:00Z", "milestones": [milestone]}  # fmt: skip


def test_there_are_some_of_every_category_and_names_are_unique() -> None:
    assert 30 <= len(ALL) <= 50
    assert {each.category for each in ALL} == set(CATEGORIES)
    assert len({each.name for each in ALL}) == len(ALL)
    assert all(each.name.startswith(each.category + "-") for each in ALL)
    assert {parameter.kind for each in ALL for parameter in each.parameters} <= set(KINDS)


@pytest.mark.parametrize("template", ALL, ids=lambda each: each.name)
def test_it_fills_and_lints_clean(template: Template) -> None:
    criteria, checks = filled(template)
    assert lint(dumps(plan_of(criteria, checks)).encode()) == []
    assert "{{" not in repr([criteria, checks])
    proven = {check["criterion"] for check in checks}
    assert proven == set(range(len(criteria)))  # nothing is asked that nothing proves
    assert all(Check(check, "m1.s1.ms1").digest for check in checks)


@pytest.mark.parametrize("template", ALL, ids=lambda each: each.name)
def test_every_parameter_is_used_and_every_gap_has_one(template: Template) -> None:
    gaps = set(re.findall(r"\{\{(\w+)\}\}", repr([template.criteria, template.checks])))
    assert gaps == {each.name for each in template.parameters}


@pytest.mark.parametrize("template", ALL, ids=lambda each: each.name)
def test_commands_are_shell_and_patterns_re2(template: Template) -> None:
    _, checks = filled(template)
    for check in checks:
        if "run" in check:
            done = subprocess.run(["sh", "-n", "-c", check["run"]], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        expect = check.get("expect", {})
        for member in ("regex", "not_regex"):
            for pattern in (
                [expect[member]] if isinstance(expect.get(member), str) else expect.get(member, [])
            ):
                re2.compile(pattern)
        for member in ("status", "exit", "max", "at_least", "skipped"):
            value = expect.get(member, 0)
            assert all(
                isinstance(each, int) for each in (value if isinstance(value, list) else [value])
            )


@pytest.mark.parametrize("template", ALL, ids=lambda each: each.name)
def test_expectations_can_be_judged(template: Template) -> None:
    """Judging raises ExpectationError for what makes no sense."""
    for check in filled(template)[1]:
        if check["kind"] == "http":
            assert judge_answer(check, 599, "").outcome == "failed"
            expect = check["expect"].get("status", 200)
            assert judge_answer(check, expect, "nothing").outcome in ("passed", "failed")
        elif check["kind"] == "command":
            assert judge_command(check, 99, "", "").outcome == "failed"


def test_values_are_quoted_in_commands_and_escaped_in_patterns() -> None:
    _, checks = fill(find("reliability-types-and-lint"), {"source": "my code; rm -rf /"})
    assert checks[0]["run"] == "mypy --strict 'my code; rm -rf /'"
    assert checks[0]["paths"] == ["my code; rm -rf /"]
    _, checks = fill(find("documentation-page"), {"file": "docs/a.md", "subject": "a+b (c)"})
    assert re2.search(checks[0]["expect"]["regex"], "this is A+B (c)")
    assert fill(find("documentation-page"), {"file": "{{subject}}", "subject": "x"})[1][0]["path"] == "{{subject}}"  # fmt: skip


def test_numbers_stay_numbers() -> None:
    _, checks = fill(find("auth-required"), {"path": "/x", "status": "403"})
    assert checks[0]["expect"]["status"] == 403


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "missing_parameter"),
        ({"path": "/x", "paht": "/y"}, "unknown_parameter"),
        ({"path": "/x", "status": "many"}, "wrong_parameter"),
    ],
)
def test_what_cannot_be_filled_is_refused(given: dict[str, str | float], code: str) -> None:
    with pytest.raises(TemplateError) as caught:
        fill(find("auth-required"), given)
    assert caught.value.code == code


def test_an_unknown_template_names_the_nearest() -> None:
    with pytest.raises(TemplateError) as caught:
        find("auth-requird")
    assert caught.value.hint == "did you mean auth-required?"


def test_a_filled_check_proves_what_it_says() -> None:
    _, checks = fill(find("release-version"), {"version": "1.4.0", "file": "pyproject.toml"})
    for text, outcome in (('version = "1.4.0"', "passed"), ('version = "1x4y0"', "failed")):
        verdict = judge_file(
            checks[0], "pyproject.toml", exists=True, digest="", content=text, whole=True
        )
        assert verdict.outcome == outcome
