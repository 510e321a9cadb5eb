"""Settings that cannot hold are refused by name, before anything is started."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from buildrunner.server import __main__ as program
from buildrunner.server.config.settings import environment as env
from buildrunner.server.operations import environment
from buildrunner.server.platform.db.cluster_files import prepare
from buildrunner.server.platform.errors import OperatorProblem


@pytest.mark.parametrize(
    ("read", "bad"),
    [
        (lambda: env.number("BR_X", 3), "three"),
        (lambda: env.flag("BR_X"), "maybe"),
        (lambda: env.choice("BR_X", "A", "A", "B"), "C"),
        (lambda: env.networks("BR_X"), "10.0.0.1,example.org"),
        (lambda: env.core("BR_X"), "4095"),
        (lambda: env.core("BR_X"), "first"),
    ],
)
def test_the_message_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], bad: str
) -> None:
    monkeypatch.setenv("BR_X", bad)
    with pytest.raises(OperatorProblem) as refusal:
        read()
    assert "BR_X" in refusal.value.message
    assert bad.rpartition(",")[2] in refusal.value.message
    assert refusal.value.hint
    monkeypatch.setenv("BR_X", "")
    read()  # empty counts as unset


def test_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BR_X", "10.0.0.0/8, ::1,")
    assert env.networks("BR_X") == ["10.0.0.0/8", "::1"]
    monkeypatch.setenv("BR_X", "debug")
    assert env.choice("BR_X", "INFO", "INFO", "DEBUG") == "DEBUG"


@pytest.mark.parametrize("bad", ["plans.example.org", "ftp://x", "https://", "https://x/under"])
def test_the_public_address_is_one(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setenv("BR_PUBLIC_URL", bad)
    with pytest.raises(OperatorProblem, match="BR_PUBLIC_URL"):
        environment.public_url(8400)
    monkeypatch.setenv("BR_PUBLIC_URL", "https://plans.example.org:444/")
    assert environment.public_url(8400) == "https://plans.example.org:444"


def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o600)
    for path in (file, file / "below"):
        with pytest.raises(OperatorProblem, match="Not a directory"):
            prepare(path)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_was_there_keeps_its_rights(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert prepare(closed).stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_called_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/secrets.json")

    monkeypatch.setattr(program.commands, "run_up", full)
    assert program.main(["up"]) == 1
    told = capsys.readouterr().err
    assert "No space is left at /data/secrets.json" in told
    assert "--data-dir" in told


def test_a_proxy_is_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BR_OUTBOUND_PROXY", raising=False)
    assert env.proxy("BR_OUTBOUND_PROXY") == ""
    for good in ("http://egress.example.org:3128", "https://u:p@10.0.0.1:443"):
        monkeypatch.setenv("BR_OUTBOUND_PROXY", good)
        assert env.proxy("BR_OUTBOUND_PROXY") == good
    for bad in (
        "egress:3128",
        "http://egress",
        "socks5://a:1",
        "http://:1",
        "http://a:b",
        "http://[a",
    ):
        monkeypatch.setenv("BR_OUTBOUND_PROXY", bad)
        with pytest.raises(OperatorProblem, match="BR_OUTBOUND_PROXY is not an address"):
            env.proxy("BR_OUTBOUND_PROXY")


def test_a_web_process_stays_on_its_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BR_X", raising=False)
    assert env.core("BR_X") is None
    monkeypatch.setenv("BR_X", "any")
    assert env.core("BR_X") is None
    usable = sorted(os.sched_getaffinity(0))
    monkeypatch.setenv("BR_X", str(usable[0]))
    assert env.core("BR_X") == usable[0]
    own = environment.own_core()
    assert own == ({"BR_WEB_CORE": str(usable[-1])} if len(usable) > 1 else {})
