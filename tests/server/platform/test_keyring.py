"""The keyring: made once, never half-written, under a passphrase where wished."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.errors import OperatorProblem


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets.json"


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery\n")
    monkeypatch.setenv("BR_KEYRING_PASSPHRASE_FILE", str(file))
    return file


def test_a_secret_is_made_once_and_its_age_is_known(path: Path) -> None:
    made = Keyring(path).obtain("master_key")
    assert Keyring(path).obtain("master_key") == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring(path).ages()["master_key"] is not None
    path.write_text(json.dumps({"older": "x", "master_key": made}))
    assert Keyring(path).ages() == {"master_key": None, "older": None}
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_plain_keyring_goes_under_the_passphrase(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = Keyring(path).obtain("master_key")
    words = tmp_path / "passphrase"
    words.write_text("correct horse battery\n")
    monkeypatch.setenv("BR_KEYRING_PASSPHRASE_FILE", str(words))
    assert Keyring(path).read("master_key") == made
    assert Keyring(path).protected
    assert made not in path.read_text()
    assert "master_key" not in path.read_text()
    other = Keyring(path).obtain("another")
    assert Keyring(path).everything().items() >= {"master_key": made, "another": other}.items()

    monkeypatch.delenv("BR_KEYRING_PASSPHRASE_FILE")
    with pytest.raises(OperatorProblem, match="under a passphrase"):
        Keyring(path).read("master_key")


def test_another_passphrase_and_altered_files_are_told(path: Path, passphrase: Path) -> None:
    Keyring(path).obtain("master_key")
    passphrase.write_text("wrong\n")
    with pytest.raises(OperatorProblem, match="does not open"):
        Keyring(path).read("master_key")
    passphrase.write_text("correct horse battery\n")
    held = json.loads(path.read_text())
    path.write_text(json.dumps({**held, "nonce": held["salt"]}))
    with pytest.raises(OperatorProblem):
        Keyring(path).read("master_key")
    passphrase.write_text("")
    with pytest.raises(OperatorProblem, match="empty"):
        Keyring(path).read("master_key")
    passphrase.unlink()
    with pytest.raises(OperatorProblem, match="cannot be read"):
        Keyring(path).read("master_key")


def test_the_passphrase_can_be_taken_off(path: Path, passphrase: Path) -> None:
    made = Keyring(path).obtain("master_key")
    Keyring(path).unprotect()
    assert json.loads(path.read_text())["master_key"] == made
