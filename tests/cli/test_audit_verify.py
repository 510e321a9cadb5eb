"""`br audit verify` and `br audit key`, without a server."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from buildrunner.ledger import checkpoint, signature
from kits import ledgers
from kits.clone import Clone

CHAIN = ledgers.chain(9)
KEY = signature.key_id(ledgers.PUBLIC)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A workspace with an export, and a note of its first six records."""
    made = Clone(tmp_path / "clone")
    made.br("init", "--title", "Harbour")
    (made.root / "ledger.jsonl").write_bytes(b"".join(ledgers.exported(CHAIN)))
    (made.root / "ledger.csv").write_bytes(b"".join(ledgers.exported(CHAIN, csv=True)))
    note = checkpoint.sign(ledgers.noted(CHAIN[:6]), ledgers.SECRET)
    (made.root / "six.note").write_text(note)
    return made


@pytest.mark.parametrize("name", ["ledger.jsonl", "ledger.csv"])
def test_what_is_whole_holds(clone: Clone, name: str) -> None:
    told = clone.br("audit", "verify", name, "--checkpoint", "six.note")
    assert (told["ok"], told["records"], told["finding"]) == (True, 9, None)
    assert told["anchors"] == [
        {"kind": "checkpoint", "size": 6, "key_id": KEY, "anchored": False, "state": "holds"}
    ]


def test_the_record_is_named(clone: Clone) -> None:
    lines = (clone.root / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b"plan.revised", b"plan.deleted")
    (clone.root / "ledger.jsonl").write_bytes(b"".join(lines))
    told = clone.br("audit", "verify", "ledger.jsonl", exit_code=1)
    assert told["error"]["code"] == "ledger_changed"
    assert (told["finding"]["seq"], told["finding"]["line"]) == (5, 6)
    words = clone.run("audit", "verify", "ledger.jsonl")
    assert words.returncode == 1
    assert "ledger.jsonl:6: record 5 is not what was sealed" in words.stderr


def test_a_tail_that_was_cut_off(clone: Clone) -> None:
    (clone.root / "short.jsonl").write_bytes(b"".join(ledgers.exported(CHAIN[:4])))
    assert clone.br("audit", "verify", "short.jsonl")["records"] == 4
    told = clone.br("audit", "verify", "short.jsonl", "--checkpoint", "six.note", exit_code=1)
    assert told["error"]["code"] == "ledger_truncated"
    assert told["finding"]["seq"] == 5


def test_keys_that_are_vouched_for(clone: Clone) -> None:
    assert clone.br("audit", "key") == {"keys": []}
    public = b64encode(ledgers.PUBLIC).decode()
    made = clone.br("audit", "key", "add", public, "--name", "build server", "--class", "server")
    assert made["keys"][0]["id"] == KEY
    assert [key["id"] for key in clone.br("audit", "key", "list")["keys"]] == [KEY]
    told = clone.br("audit", "verify", "ledger.jsonl", "--checkpoint", "six.note")
    assert told["anchors"][0]["anchored"] is True
    assert clone.br("audit", "key", "remove", KEY) == {"keys": [{"id": KEY}]}
    assert clone.br("audit", "key", "remove", KEY, exit_code=1)["error"]["code"] == "no_key"
    assert clone.br("audit", "key", "add", "AAAA", exit_code=2)["error"]["code"] == "usage"
    assert clone.br("audit", "key", "paint", exit_code=2)["error"]["code"] == "usage"


def test_forged_and_unreadable_notes(clone: Clone) -> None:
    text = (clone.root / "six.note").read_text()
    (clone.root / "forged.note").write_text(text.replace("\n6\n", "\n5\n"))
    for name, code in (("forged.note", "note_forged"), ("ledger.csv", "note_unreadable")):
        told = clone.br("audit", "verify", "ledger.jsonl", "--checkpoint", name, exit_code=1)
        assert told["error"]["code"] == code
    assert clone.br("audit", "verify", "nothing", exit_code=3)["error"]["code"] == "unreadable"
    told = clone.br("audit", "verify", "six.note", exit_code=1)
    assert told["error"]["code"] == "ledger_unreadable"


def test_anywhere_and_from_a_pipe(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "bare", git=False)
    done = clone.run(
        "audit", "verify", "-", "--json", stdin=b"".join(ledgers.exported(CHAIN)).decode()
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True
