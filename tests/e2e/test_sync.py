"""Clones and one server, through the commands people type and the client they use."""

import copy
import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from buildrunner.cli.syncing.engine import Engine
from buildrunner.cli.syncing.landing import Landing
from buildrunner.cli.syncing.resolve import pending, settle
from buildrunner.client import Client, PreconditionFailed
from buildrunner.spec.conflicts import EVERYTHING, OURS, THEIRS
from buildrunner.spec.document import document_hash, index, microsteps
from buildrunner.workspace.folder import Workspace
from kits.clone import BR, Clone

pytestmark = pytest.mark.e2e
DATA = Path(__file__).parents[1] / "data" / "plans"
PHASE8 = json.loads((DATA / "buildrunner-phase8.json").read_text())
LAST = PHASE8["milestones"][-1]["id"]


@pytest.fixture
def api(server: Any) -> Any:
    with Client(server.url, server.api_key) as client:
        yield client


@pytest.fixture
def project(api: Client) -> str:
    return api.projects.create("Clones").id


def clone(tmp_path: Path, server: Any, name: str, project: str, plan: Any = None) -> Clone:
    made = Clone(tmp_path / name, server=server.url, api_key=server.api_key)
    made.br("init")
    if plan is not None:
        made.write(plan)
    made.br("link", project)
    return made


def edited(plan: dict[str, Any], identifier: str, **fields: Any) -> dict[str, Any]:
    changed = copy.deepcopy(plan)
    index(changed)[identifier].value.update(fields)
    return changed


def test_the_first_sync_sends_the_whole_plan(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    answer = one.br("sync")
    assert answer["revision"] == 1
    assert api.plans.get(project).document == PHASE8
    assert answer["document_hash"] == document_hash(one.plan)
    assert one.br("sync")["pushed"] == []


def test_an_untouched_template_takes_the_servers_plan(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    api.plans.put(project, PHASE8)
    one = clone(tmp_path, server, "one", project)
    one.br("sync", "--pull")
    assert one.plan == PHASE8
    assert api.projects.get(project).revision == 1


def test_an_edited_plan_is_never_overwritten_by_the_first_pull(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    api.plans.put(project, PHASE8)
    mine = edited(PHASE8, "m1.s1.ms1", title="Mine")
    mine["milestones"].append({"id": "m99", "title": "Only here", "steps": []})
    one = clone(tmp_path, server, "one", project, mine)
    answer = one.br("sync", "--pull", exit_code=5)
    assert [(c["id"], c["field"]) for c in answer["conflicts"]] == [("m1.s1.ms1", "title")]
    assert one.plan == mine
    one.br("reconcile", "--ours")
    kept = one.plan
    assert index(kept)["m1.s1.ms1"].value["title"] == "Mine"
    assert index(kept)["m99"].value["title"] == "Only here"
    assert document_hash(api.plans.get(project).document) == document_hash(kept)


def test_edits_of_different_fields_meet_without_a_question(
    tmp_path: Path, server: Any, project: str
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    two = clone(tmp_path, server, "two", project)
    two.br("sync")
    one.br("start", "m1.s1.ms1")
    two.br("plan", "edit", "m1.s1.ms1", "--title", "Two's title")
    one.br("sync")
    two.br("sync")
    one.br("sync")
    value = index(one.plan)["m1.s1.ms1"].value
    assert (value["title"], value["status"]) == ("Two's title", "doing")
    assert document_hash(one.plan) == document_hash(two.plan)


def test_a_conflict_names_both_values_and_who_made_the_other(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    two = clone(tmp_path, server, "two", project)
    two.br("sync")
    one.br("plan", "edit", "m1.s1.ms1", "--title", "One")
    two.br("plan", "edit", "m1.s1.ms1", "--title", "Two")
    one.br("sync")
    before = two.plan_path.read_bytes()
    refused = two.br("sync", exit_code=5)
    (conflict,) = refused["conflicts"]
    assert (conflict["ours"], conflict["theirs"]) == ("Two", "One")
    assert conflict["author"]["name"]
    assert conflict["time"]
    assert refused["error"]["next_command"] == "br reconcile"
    assert two.plan_path.read_bytes() == before
    listed = two.br("reconcile", exit_code=5)
    assert listed["conflicts"][0]["theirs"] == "One"
    two.br("reconcile", "--set", "m1.s1.ms1.title=Three")
    one.br("sync")
    titles = {index(each.plan)["m1.s1.ms1"].value["title"] for each in (one, two)}
    assert titles == {"Three"}
    assert index(api.plans.get(project).document)["m1.s1.ms1"].value["title"] == "Three"


def test_offline_work_waits_and_travels_later(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    one.environment["BR_SERVER"] = "http://127.0.0.1:9"
    one.br("plan", "edit", "m1.s1.ms1", "--title", "Written offline")
    refused = one.br("sync", exit_code=6)
    assert "1 change" in refused["error"]["hint"]
    one.environment["BR_SERVER"] = server.url
    answer = one.br("sync")
    assert [each["value"] for each in answer["pushed"] if each["id"]] == ["Written offline"]
    stored = api.plans.get(project).document
    assert index(stored)["m1.s1.ms1"].value["title"] == "Written offline"


def test_another_branch_does_not_sync_by_accident(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    one.git("add", "-A")
    one.git("commit", "-qm", "plan")
    one.git("switch", "-qc", "old")
    one.br("plan", "remove", LAST)
    refused = one.br("sync", exit_code=1)
    assert refused["error"]["code"] == "other_branch"
    assert LAST in index(api.plans.get(project).document)
    one.br("sync", "--branch", "old")
    assert LAST not in index(api.plans.get(project).document)


def test_a_push_does_not_pass_over_others(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    stored = api.plans.get(project)
    api.plans.put(project, edited(PHASE8, "m1.s1.ms2", title="Theirs"), etag=stored.etag)
    one.br("plan", "edit", "m1.s1.ms1", "--title", "Mine")
    assert one.br("sync", "--push", exit_code=1)["error"]["code"] == "behind"
    assert one.br("sync", "--pull")["in_sync"] is False
    value = index(one.plan)
    assert value["m1.s1.ms1"].value["title"] == "Mine"
    assert value["m1.s1.ms2"].value["title"] == "Theirs"
    one.br("sync", "--push")
    assert document_hash(api.plans.get(project).document) == document_hash(one.plan)


def test_a_sync_says_what_was_and_what_is(tmp_path: Path, server: Any, project: str) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    assert "sent the whole plan, took 0 changes" in one.run("sync").stderr
    two = clone(tmp_path, server, "two", project)
    assert "sent 0 changes, took" in two.run("sync").stderr
    was = index(PHASE8)["m1.s1.ms1"].value["title"]
    one.br("plan", "edit", "m1.s1.ms1", "--title", "New")
    told = f"m1.s1.ms1 “{was}”: title: {was} → New\n"
    assert f"↑ {told}" in one.run("sync", "--dry-run").stdout
    assert one.run("sync").stdout == f"↑ {told}"
    two.br("plan", "edit", "m1.s1.ms2", "--title", "Waits")
    pulled = two.run("sync", "--pull")
    assert pulled.stdout == f"↓ {told}"
    assert "took everything up to revision 2: sent 0 changes, took 1 change" in pulled.stderr
    assert "next: br sync" in pulled.stderr


def test_a_dry_run_tells_and_changes_nothing(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    one.br("plan", "edit", "m1.s1.ms1", "--title", "Soon")
    answer = one.br("sync", "--dry-run")
    assert {each["field"] for each in answer["pushed"]} == {"title", "updatedAt"}
    assert api.projects.get(project).revision == 1


def test_two_clones_that_add_siblings_both_keep_theirs(
    tmp_path: Path, server: Any, project: str
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    two = clone(tmp_path, server, "two", project)
    two.br("sync")
    for each, title in ((one, "Added by one"), (two, "Added by two")):
        each.br("plan", "add", "m1.s1", title, "--criterion", "It is there")
    for each in (one, two, one):
        each.br("sync")
    assert document_hash(one.plan) == document_hash(two.plan)
    titles = [entity.value["title"] for entity in microsteps(two.plan)]
    assert titles.count("Added by one") == titles.count("Added by two") == 1


def test_a_microstep_is_held_by_one_clone_only(tmp_path: Path, server: Any, project: str) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    two = clone(tmp_path, server, "two", project)
    two.br("sync")
    one.br("claim", "m1.s1.ms1")
    refused = two.br("claim", "m1.s1.ms1", exit_code=5)
    assert refused["error"]["code"] == "claim_held"
    assert [each["holder"] for each in two.br("claim")["claims"]] == ["one"]
    refused = two.br("release", "m1.s1.ms1", exit_code=5)
    assert (refused["error"]["code"], refused["holder"]) == ("claim_held", "one")
    one.br("release", "m1.s1.ms1")
    two.br("claim", "m1.s1.ms1")
    assert one.br("release", "m1.s1.ms1", "--force")["released"] == ["m1.s1.ms1"]
    assert one.br("release", "m1.s1.ms1")["released"] == []


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_clones_converge_and_lose_nothing(
    tmp_path: Path, api: Client, project: str, seed: int
) -> None:
    """Random edits, any order of syncs, conflicts decided at random: one plan at the end."""
    chance = random.Random(seed)
    api.plans.put(project, PHASE8)
    clones = []
    for number in range(3):
        workspace = workspace_at(tmp_path / str(number), PHASE8, api.server, project)
        clones.append(Engine(workspace, api, actor=f"clone {number}"))
        clones[-1].sync()
    ids = [entity.id for entity in microsteps(PHASE8)]
    written: dict[tuple[str, str], str] = {}
    for turn in range(30):
        engine = chance.choice(clones)
        if chance.random() < 0.6:
            identifier, field = chance.choice(ids), chance.choice(["title", "owner", "note"])
            _, plan = engine.workspace.read()
            if identifier in index(plan):
                value = f"turn {turn}"
                operation = {"op": "set", "id": identifier, "field": field, "value": value}
                engine.workspace.edit([operation], command="edit", actor=engine.actor)
                written[identifier, field] = value
        else:
            sync_until_settled(engine, chance)
    for engine in clones * 2:
        sync_until_settled(engine, chance)
    plans = [engine.workspace.read()[1] for engine in clones]
    stored = api.plans.get(project)
    assert {document_hash(plan) for plan in plans} == {stored.document_hash}
    final = index(stored.document)
    for identifier, field in written:
        # A later edit or a decision may have replaced it; the base value may not be back.
        before = index(PHASE8)[identifier].value.get(field)
        assert final[identifier].value.get(field) != before


def workspace_at(root: Path, plan: dict[str, Any], server: str, project: str) -> Workspace:
    path = root / "buildrunner" / "specs" / "plan.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(plan, indent=2))
    workspace = Workspace(str(root))
    workspace.update_state(server=server, project_id=project)
    return workspace


def sync_until_settled(engine: Engine, chance: random.Random) -> None:
    for _ in range(10):
        if not engine.sync().conflicts:
            return
        waiting = pending(engine.workspace)
        assert waiting is not None
        side = chance.choice([OURS, THEIRS])
        settled = settle(engine.workspace, waiting, {EVERYTHING: side}, actor=engine.actor)
        assert settled.remaining == []
    raise AssertionError("the clone does not settle")


def test_a_lost_answer_is_taken_up_again(
    tmp_path: Path, api: Client, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has the push, the clone never heard; in between it was edited again."""
    workspace = workspace_at(tmp_path / "one", PHASE8, api.server, project)
    engine = Engine(workspace, api, actor="one")
    engine.sync()

    def set_title(title: str) -> None:
        operation = {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": title}
        workspace.edit([operation], command="edit", actor="one")

    set_title("Sent")
    with monkeypatch.context() as patch:
        patch.setattr(Landing, "take", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            engine.sync()
    assert api.projects.get(project).revision == 2
    set_title("Edited since")
    outcome = engine.sync()
    assert outcome.conflicts == []
    assert index(api.plans.get(project).document)["m1.s1.ms1"].value["title"] == "Edited since"
    assert api.projects.get(project).revision == 3


def test_a_sync_killed_anywhere_loses_nothing(
    tmp_path: Path, server: Any, project: str, api: Client
) -> None:
    one = clone(tmp_path, server, "one", project, PHASE8)
    one.br("sync")
    for turn in range(8):
        one.br("plan", "edit", "m1.s1.ms1", "--title", f"Title {turn}")
        started = subprocess.Popen(
            [*BR, "sync"],
            cwd=one.root,
            env=one.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.08 + 0.06 * turn)  # somewhere between start and end
        started.send_signal(signal.SIGKILL)
        started.wait()
        assert index(one.plan)["m1.s1.ms1"].value["title"] == f"Title {turn}"
    one.br("sync")
    stored = api.plans.get(project)
    assert document_hash(one.plan) == stored.document_hash
    assert index(stored.document)["m1.s1.ms1"].value["title"] == "Title 7"


def test_a_stale_put_is_refused(api: Client, project: str) -> None:
    api.plans.put(project, PHASE8)
    first = api.plans.get(project)
    api.plans.put(project, edited(PHASE8, "m1", title="A"), etag=first.etag)
    with pytest.raises(PreconditionFailed) as refused:
        api.plans.put(project, edited(PHASE8, "m1", title="B"), etag=first.etag)
    assert refused.value.status == 412
