"""Evidence on disk: stored under its digest, believed only whole; keys and trust around it."""

import json
import os
import time
from pathlib import Path

import pytest

from buildrunner.evidence.checks import Check
from buildrunner.evidence.errors import EvidenceError
from buildrunner.evidence.signing import encode, key_id, public_key
from buildrunner.workspace import Workspace, evidence, keys, proven, trust
from buildrunner.workspace.errors import WorkspaceError
from kits.records import KEY, OTHER_KEY, plan_with, run_of, signoff_of
from kits.workspaces import git

PLAN = plan_with({"criteria": ["It works"], "checks": [{"id": "c", "kind": "command"}]})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("BR_SIGNING_KEY", raising=False)
    return tmp_path / "config" / "buildrunner"


def path_of(workspace: Workspace, address: str) -> Path:
    return Path(evidence.folder_of(workspace), f"{address}.json")


def test_what_is_saved_is_found_and_read(workspace: Workspace) -> None:
    assert not proven.any_evidence(workspace)
    record = run_of(PLAN, "c")
    address = evidence.save(workspace, record)
    assert evidence.save(workspace, record) == address
    assert proven.any_evidence(workspace)
    assert evidence.read(workspace, address) == record
    found = evidence.read_all(workspace)
    assert [each.address for each in found.records] == [address]
    assert found.records[0]["check"] == record["check"]
    assert not found.problems


def test_an_unsigned_record_is_not_stored(workspace: Workspace) -> None:
    record = run_of(PLAN, "c")
    with pytest.raises(EvidenceError):
        evidence.save(workspace, {**record, "outcome": "failed"})
    with pytest.raises(WorkspaceError, match="no evidence"):
        evidence.read(workspace, "../../specs/plan")


def test_a_pass_from_the_future_does_not_outlive_todays_failure() -> None:
    later, skew = time.gmtime(time.time() + 900), time.gmtime(time.time() + 60)
    ahead, near = (time.strftime("%Y-%m-%dT%H:%M:%SZ", each) for each in (later, skew))
    found = evidence.ahead_of_time(run_of(PLAN, "c", at=ahead))
    assert found is not None
    assert found.code == "from_the_future"
    assert evidence.ahead_of_time(signoff_of(PLAN, at=ahead)) is not None
    assert evidence.ahead_of_time(run_of(PLAN, "c", at=near)) is None
    assert evidence.ahead_of_time(run_of(PLAN, "c", at=ahead, outcome="failed")) is None


def test_what_was_changed_is_reported_and_not_trusted(workspace: Workspace) -> None:
    workspace.ensure_state()
    failed = run_of(PLAN, "c", outcome="failed")
    good = evidence.save(workspace, run_of(PLAN, "c"))
    changed = evidence.save(workspace, failed)
    path = path_of(workspace, changed)
    while time.time_ns() - path.stat().st_ctime_ns < 60_000_000:
        time.sleep(0.01)
    assert len(evidence.read_all(workspace).records) == 2  # and remembered
    path.write_text(path.read_text().replace('"failed"', '"passed"'))
    relabelled = json.loads(path.read_text())
    from buildrunner.evidence.record import address, to_bytes

    renamed = path_of(workspace, address(relabelled))
    renamed.write_bytes(to_bytes(relabelled))
    (renamed.parent / "notes.txt").write_text("hm")
    (renamed.parent / f"{'0' * 64}.json").symlink_to(path_of(workspace, good))
    found = evidence.read_all(workspace)
    assert [each.address for each in found.records] == [good]
    assert sorted(each.code for each in found.problems) == [
        "bad_signature", "not_evidence", "not_evidence", "tampered",
    ]  # fmt: skip
    with pytest.raises(WorkspaceError, match="was changed"):
        evidence.read(workspace, changed)


def test_a_forged_memory_of_the_folder_is_not_believed(workspace: Workspace) -> None:
    workspace.ensure_state()
    address = evidence.save(workspace, run_of(PLAN, "c"))
    path = path_of(workspace, address)
    while time.time_ns() - path.stat().st_ctime_ns < 60_000_000:
        time.sleep(0.01)
    evidence.read_all(workspace)
    path.write_text("{}")
    assert not evidence.read_all(workspace).records


def test_thousands_of_records_stay_quick(workspace: Workspace) -> None:
    workspace.ensure_state()
    folder = Path(evidence.folder_of(workspace))
    folder.mkdir()
    from buildrunner.evidence.record import address, to_bytes

    for second in range(2000):
        at = f"2026-01-01T10:{second // 60:02}:{second % 60:02}Z"
        record = run_of(PLAN, "c", at=at)
        (folder / f"{address(record)}.json").write_bytes(to_bytes(record))
    time.sleep(0.1)
    assert len(evidence.read_all(workspace).records) == 2000
    started = time.perf_counter()
    assert len(evidence.read_all(workspace).records) == 2000
    assert time.perf_counter() - started < 1.0


def test_the_signing_key_is_made_once_and_kept_private(home: Path) -> None:
    assert keys.signing_key(create=False) is None
    assert keys.own_key() is None
    key = keys.signing_key()
    path = home / "signing.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.signing_key() == key
    path.chmod(0o644)
    with pytest.raises(WorkspaceError, match="read by others"):
        keys.signing_key()


def test_a_runner_brings_its_key(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for spelled in (encode(KEY), KEY.hex(), f" {encode(KEY)}\n"):
        monkeypatch.setenv("BR_SIGNING_KEY", spelled)
        assert keys.signing_key() == KEY
    assert not home.exists()
    monkeypatch.setenv("BR_SIGNING_KEY", "secret")
    with pytest.raises(WorkspaceError, match="BR_SIGNING_KEY holds no"):
        keys.signing_key()


def test_trusted_keys(workspace: Workspace) -> None:
    own, theirs = keys.signing_key(), public_key(OTHER_KEY)
    assert own is not None
    added = keys.add_key(workspace, theirs, "CI of main", "ci")
    assert added.id == key_id(theirs)
    assert keys.anchored(workspace) == {added.id: "ci", key_id(public_key(own)): "local"}
    keys.add_key(workspace, theirs, "CI", "ci")
    assert [key.name for key in keys.trusted_keys(workspace)] == ["CI"]
    assert keys.remove_key(workspace, added.id)
    assert not keys.remove_key(workspace, added.id)
    assert list(keys.anchored(workspace)) == [key_id(public_key(own))]


@pytest.mark.parametrize(
    "text",
    ['{"keys": 3}', '{"schema": 1, "keys": [3]}', '{"schema": 1, "keys": [{"public_key": "AA"}]}', "[",
     json.dumps({"schema": 1, "keys": [{"public_key": encode(public_key(KEY)), "id": "0" * 16}]}),
     json.dumps({"schema": 1, "keys": [{"public_key": encode(public_key(KEY)), "class": "root"}]})],
)  # fmt: skip
def test_unreadable_keys_are_said(workspace: Workspace, text: str) -> None:
    Path(workspace.root, "buildrunner", "keys.json").write_text(text)
    with pytest.raises(WorkspaceError):
        keys.trusted_keys(workspace)


def test_trust_is_by_definition_and_stays_here(workspace: Workspace) -> None:
    check = Check({"id": "c", "kind": "command", "run": "make test"}, "m1.s1.ms1")
    assert not trust.Trust(workspace).covers(check)
    assert trust.agree(workspace, [check], by="ada") == [check]
    assert trust.agree(workspace, [check], by="ada") == []
    assert trust.Trust(workspace).covers(check)
    renamed = Check({"id": "other", "kind": "command", "run": "make test"}, "m1.s1.ms2")
    assert trust.Trust(workspace).covers(renamed)
    changed = Check({"id": "c", "kind": "command", "run": "rm -rf ."}, "m1.s1.ms1")
    assert not trust.Trust(workspace).covers(changed)
    assert trust.Trust(workspace).covers(Check({"id": "f", "kind": "file"}, "m1.s1.ms1"))
    assert os.path.dirname(workspace.state_dir).endswith("buildrunner")


def test_head_is_trusted_the_working_tree_is_not(workspace: Workspace) -> None:
    plan = plan_with({"criteria": ["x"], "checks": [{"id": "c", "kind": "command", "run": "true"}]})
    Path(workspace.plan_path).write_text(json.dumps(plan))
    root = Path(workspace.root)
    git(root, "init", "-q")
    check = Check({"id": "c", "kind": "command", "run": "true"}, "m1.s1.ms1")
    assert not trust.Trust(workspace).covers(check)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    assert trust.Trust(workspace).covers(check)
    assert not trust.Trust(workspace).covers(
        Check({"id": "c", "kind": "command", "run": "curl evil"}, "m1.s1.ms1")
    )
