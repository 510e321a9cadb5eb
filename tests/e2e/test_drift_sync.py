"""Conflicts of clones, decided on the server, and finished by the next sync; drift reported."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from buildrunner.client import Client, Conflict, NotFound
from buildrunner.spec.document import document_hash, index
from kits.clone import Clone

pytestmark = pytest.mark.e2e
DATA = Path(__file__).parents[1] / "data" / "plans"
PHASE8 = json.loads((DATA / "buildrunner-phase8.json").read_text())
ONE, TWO = "m1.s1.ms1", "m1.s1.ms2"


@pytest.fixture
def api(server: Any) -> Any:
    with Client(server.url, server.api_key) as client:
        yield client


@pytest.fixture
def project(api: Client) -> str:
    made = api.projects.create("Drift").id
    api.plans.put(made, PHASE8)
    return made


@pytest.fixture
def one(tmp_path: Path, server: Any, project: str) -> Clone:
    return clone(tmp_path, server, "one", project)


@pytest.fixture
def two(tmp_path: Path, server: Any, project: str) -> Clone:
    return clone(tmp_path, server, "two", project)


def clone(tmp_path: Path, server: Any, name: str, project: str) -> Clone:
    made = Clone(tmp_path / name, server=server.url, api_key=server.api_key)
    made.br("init")
    made.br("link", project)
    made.br("sync", "--pull")
    return made


def edit(made: Clone, identifier: str, **fields: Any) -> None:
    changed = copy.deepcopy(made.plan)
    index(changed)[identifier].value.update(fields)
    made.write(changed)


def drift(made: Clone, *words: str) -> dict[str, Any]:
    """The answer of a look that finds something."""
    return made.br("drift", *words, exit_code=1)


def contest(one: Clone, two: Clone, identifier: str = ONE, field: str = "title",
            ours: Any = "Ours", theirs: Any = "Theirs") -> None:  # fmt: skip
    """`two` sends theirs, `one` has ours and meets the conflict."""
    edit(one, identifier, **{field: ours})
    edit(two, identifier, **{field: theirs})
    two.br("sync")
    refused = one.run("sync", "--json")
    assert refused.returncode == 5, refused.stdout


def inbox(api: Client, project: str) -> list[dict[str, Any]]:
    return api.drift.get(project).conflicts


def value(plan: dict[str, Any], identifier: str = ONE, field: str = "title") -> Any:
    return index(plan)[identifier].value.get(field)


@pytest.mark.parametrize("choice", ["ours", "theirs", "value"])
def test_what_is_decided_on_the_server_is_finished_by_the_next_sync(
    api: Client, project: str, one: Clone, two: Clone, choice: Any
) -> None:
    contest(one, two)
    edit(one, TWO, owner="ines")  # what was edited beside it travels along
    (waiting,) = inbox(api, project)
    assert waiting["conflict"]["ours"] == "Ours"
    assert waiting["conflict"]["theirs"] == "Theirs"
    assert waiting["conflict"]["author"]["name"]
    more = {"value": "Third"} if choice == "value" else {}
    made = api.conflict_choices.choose(project, waiting["digest"], choice, **more)
    assert (made.revision is None) == (choice == "theirs")
    expected = {"ours": "Ours", "theirs": "Theirs", "value": "Third"}[choice]
    assert value(api.plans.get(project).document) == expected
    answer = one.br("sync")
    assert answer["conflicts"] == []
    assert answer["in_sync"] is True
    stored = api.plans.get(project).document
    assert value(one.plan) == value(stored) == expected
    assert value(stored, TWO, "owner") == "ines"
    assert document_hash(one.plan) == document_hash(stored)
    assert inbox(api, project) == [], "the clone says that it is over"
    two.br("sync")
    assert two.plan == one.plan


def test_both_lists_stand_together(api: Client, project: str, one: Clone, two: Clone) -> None:
    before = value(PHASE8, field="criteria")
    contest(one, two, field="criteria", ours=["mine"], theirs=["yours"])
    (waiting,) = inbox(api, project)
    assert waiting["conflict"]["base"] == before
    api.conflict_choices.choose(project, waiting["digest"], "both")
    one.br("sync")
    assert value(one.plan, field="criteria") == ["yours", "mine"]
    assert value(api.plans.get(project).document, field="criteria") == ["yours", "mine"]


def test_what_is_left_undecided_is_asked_here_and_the_rest_is_kept(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    edit(one, TWO, title="Ours too")
    edit(two, TWO, title="Theirs too")
    contest(one, two)
    waiting = {each["conflict"]["id"]: each for each in inbox(api, project)}
    assert set(waiting) == {ONE, TWO}
    api.conflict_choices.choose(project, waiting[ONE]["digest"], "theirs")
    refused = one.run("sync", "--json")
    assert refused.returncode == 5
    left = json.loads(refused.stdout)["conflicts"]
    assert [each["id"] for each in left] == [TWO]
    one.br("reconcile", "--ours")
    stored = api.plans.get(project).document
    assert (value(stored), value(stored, TWO)) == ("Theirs", "Ours too")
    assert inbox(api, project) == []


def test_a_decision_answers_no_other_question(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    contest(one, two)
    (waiting,) = inbox(api, project)
    api.conflict_choices.choose(project, waiting["digest"], "theirs")
    edit(one, ONE, title="Ours, and more")
    refused = one.run("sync", "--json")
    assert refused.returncode == 5, "the clone holds another value than was decided about"
    assert value(one.plan) == "Ours, and more"


def test_what_moved_on_the_server_is_not_decided_by_what_was_shown(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    contest(one, two)
    (waiting,) = inbox(api, project)
    edit(two, ONE, title="Theirs, and more")
    two.br("sync")
    with pytest.raises(Conflict) as refusal:
        api.conflict_choices.choose(project, waiting["digest"], "ours")
    assert refusal.value.code == "conflict_moved"
    assert value(api.plans.get(project).document) == "Theirs, and more"
    one.run("sync")
    with pytest.raises(NotFound):
        api.conflict_choices.choose(project, waiting["digest"], "ours")
    (fresh,) = inbox(api, project)
    assert fresh["conflict"]["theirs"] == "Theirs, and more"


def test_an_entity_removed_here_and_edited_there(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    last = PHASE8["milestones"][-1]["steps"][-1]["microsteps"][-1]["id"]
    one.br("plan", "remove", last, "--cascade")
    edit(two, last, title="Needed")
    two.br("sync")
    assert one.run("sync").returncode == 5
    (waiting,) = inbox(api, project)
    assert waiting["conflict"]["kind"] == "entity"
    made = api.conflict_choices.choose(project, waiting["digest"], "theirs")
    assert made.revision is None
    one.br("sync")
    assert value(one.plan, last) == "Needed"


def test_local_choices_clear_the_inbox_too(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    contest(one, two)
    assert len(inbox(api, project)) == 1
    one.br("reconcile", "--ours")
    assert inbox(api, project) == []


def test_drift_compares_with_the_server_and_reports(
    api: Client, project: str, one: Clone, two: Clone
) -> None:
    assert drift(one)["counts"].keys() == {"done_unproven"}, "as many as the plan says are done"
    edit(one, ONE, title="Ours")
    edit(one, TWO, owner="ines")
    edit(two, ONE, title="Theirs")
    edit(two, "m1", title="New milestone")
    two.br("sync")
    answer = drift(one, "--report")
    told = {(each["code"], each["where"]) for each in answer["findings"] if "field" in each["code"]}
    assert told == {
        ("field_contested", f"{ONE}.title"),
        ("field_unsent", f"{TWO}.owner"),
        ("field_behind", "m1.title"),
    }
    assert answer["server"]["revision"] == 2
    (waiting,) = inbox(api, project)
    assert waiting["conflict"]["theirs"] == "Theirs"
    shown = api.drift.get(project, kind="field_unsent")
    assert [each["finding"]["id"] for each in shown.findings] == [TWO]
    assert shown.findings[0]["clone"] == waiting["clone"]
    (report,) = list(api.drift.reports(project))
    assert report.label.startswith("one@")
    api.drift.forget(project, report.id)
    assert inbox(api, project) == []


def test_without_the_server_the_rest_is_looked_at(one: Clone) -> None:
    one.environment["BR_SERVER"] = "http://127.0.0.1:9"
    edit(one, ONE, owner="ines")
    answer = drift(one)
    assert answer["server"]["checked"] is False
    assert answer["server"]["why"]
    assert "field_unsent" in answer["counts"], "the last agreed document is known here"


def test_open_branches_that_meet_are_shown_on_the_page(
    api: Client, project: str, one: Clone
) -> None:
    one.git("add", "-A")
    one.git("commit", "-qm", "start")
    for name, title in (("gauge", "Read"), ("radio", "Hear"), ("apart", "")):
        one.git("checkout", "-q", "-b", name, "main")
        if title:
            edit(one, ONE, title=title)
        one.git("commit", "-qam", name, "--allow-empty")
    one.git("checkout", "-q", "main")
    done = one.run("overlap", "gauge", "--all", "--report", "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [pair["branches"] for pair in told["pairs"] if pair["count"]] == [["gauge", "radio"]]
    (meeting,) = api.drift.get(project).meetings
    assert meeting["branches"] == ["gauge", "radio"]
    assert "Read" in str(meeting["items"][0]["ours"])
    assert "Hear" in str(meeting["items"][0]["theirs"])
    one.git("merge", "-q", "radio")
    assert one.run("overlap", "gauge", "--all").returncode == 0, "what is merged is not open"
