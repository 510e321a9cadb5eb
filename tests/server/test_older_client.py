"""An older `br` against this server: what it sent and read when it was released still fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildrunner import __version__
from buildrunner.server.platform.http import versions
from factories import Api, Tenant, small_plan

pytestmark = pytest.mark.django_db

RECORDED = sorted((Path(__file__).parents[1] / "data" / "clients").glob("*.json"))
KINDS: dict[str, Any] = {
    "str": str,
    "int": int,
    "list": list,
    "null": type(None),
    "any": object,
}


def fits(value: Any, reads: Any, where: str) -> None:
    """Every member that the client reads is there and of its kind; others it never sees."""
    if isinstance(reads, str):
        assert isinstance(value, KINDS[reads]), f"{where}: {value!r} is no {reads}"
    elif isinstance(reads, list):
        assert isinstance(value, list), where
        assert value, where
        for member in value:
            fits(member, reads[0], f"{where}[]")
    else:
        for name, inner in reads.items():
            assert name in value, f"{where} lacks {name}"
            fits(value[name], inner, f"{where}.{name}")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_an_older_client_does_still_works(path: Path, api: Api, tenant: Tenant) -> None:
    recorded = json.loads(path.read_text())
    kept: dict[str, str] = {}
    for call in recorded["calls"]:
        body = json.loads(
            json.dumps(call.get("body"))
            .replace('"PLAN"', json.dumps(small_plan()))
            .replace("DEVICE", kept.get("device", ""))
        )
        address = call["path"].format(**kept)
        answer = api.call(call["method"], address, body, User_Agent=recorded["agent"])
        where = f"{call['method']} {call['path']}"
        assert answer.status_code == call["status"], f"{where}: {answer.content!r}"
        if "reads" in call:
            fits(answer.json(), call["reads"], where)
        for name in call.get("headers", []):
            assert name in answer, where
        for name, member in call.get("keep", {}).items():
            kept[name] = answer.json()[member]
        if address.startswith("/api"):
            assert answer["BR-API-Version"] == "1"


def test_a_client_that_is_too_old_is_told_what_to_type(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "OLDEST_CLIENT", (2, 3))
    for agent in ("buildrunner/2.2.9", "buildrunner/1.9.0 (agent)", "buildrunner/0.1.0"):
        refused = api.get("/api/me", User_Agent=agent)
        assert refused.status_code == 426
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["code"] == "client_too_old"
        assert "pip install -U buildrunner" in refused.json()["detail"]
    for agent in ("buildrunner/2.3.0", "buildrunner/10.0.0", "curl/8.0", "buildrunner", ""):
        assert api.get("/api/me", User_Agent=agent).status_code == 200


def test_the_client_of_this_version_is_not_too_old() -> None:
    assert versions.judge(f"buildrunner/{__version__}") is None
