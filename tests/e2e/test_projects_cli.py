"""`br project …` and `br api` against a real server."""

import json
from pathlib import Path

import pytest

from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def clone(server: Product, tmp_path: Path) -> Clone:
    """A clone of a plan, with a key."""
    made = Clone(tmp_path / "clone")
    made.environment |= {"BR_SERVER": server.url, "BR_API_KEY": server.api_key}
    made.br("init", "--title", "Harbour")
    return made


def test_a_project_is_made_linked_synced_and_put_away(clone: Clone) -> None:
    made = clone.br("project", "create", "Harbour of clones", "--link")
    assert made["linked"] is True
    assert clone.br("sync")["revision"] == 1
    listed = clone.br("project", "list")["projects"]
    assert [one["revision"] for one in listed if one["project_id"] == made["project_id"]] == [1]

    assert clone.br("project", "archive", made["project_id"])["archived_at"]
    assert made["project_id"] not in [
        one["project_id"] for one in clone.br("project", "list")["projects"]
    ]
    put_away = clone.br("project", "list", "--archived")["projects"]
    assert made["project_id"] in [one["project_id"] for one in put_away]
    clone.br("plan", "add", "Piers")
    refused = clone.br("sync", exit_code=5)["error"]
    assert refused["code"] == "project_archived"
    assert clone.br("project", "archive", made["project_id"], "--restore")["archived_at"] is None
    assert clone.br("sync")["revision"] == 2


def test_any_operation_can_be_called(clone: Clone) -> None:
    organization = clone.br("api", "get", "/api/orgs")["items"][0]
    made = clone.br(
        "api", "POST", "projects", "--field=title=By hand", f"--field=org_id={organization['id']}"
    )
    assert made["title"] == "By hand"
    body = clone.root / "body.json"
    body.write_text(json.dumps({"title": "From a file"}))
    path = f"/api/projects/{made['id']}"
    assert clone.br("api", "PATCH", path, "--input", "body.json")["title"] == "From a file"
    refused = clone.br("api", "PATCH", path, "--field=title:=7", exit_code=1)["error"]
    assert refused["code"] == "invalid_request"
    assert clone.br("api", "GET", "/api/projects/x", exit_code=1)["error"]["code"] == "not_found"


def test_an_archive_is_taken_in_once_and_as_a_copy(clone: Clone) -> None:
    made = clone.br("project", "create", "To be moved", "--link")
    clone.br("sync")
    clone.br("plan", "add", "Piers")
    clone.br("sync")
    written = clone.br("project", "export", made["project_id"], "-o", "moved.zip")
    assert (clone.root / "moved.zip").stat().st_size == written["bytes"]
    again = clone.br("project", "import", "moved.zip")
    assert (again["project_id"], again["created"]) == (made["project_id"], False)
    copy = clone.br("project", "import", "moved.zip", "--as-copy")
    assert copy["project_id"] != made["project_id"]
    assert (copy["revision"], copy["created"]) == (2, True)
    (clone.root / "broken.zip").write_bytes(b"PK not really")
    assert clone.br("project", "import", "broken.zip", exit_code=1)["error"]["message"]
    assert clone.br("project", "import", "absent.zip", exit_code=3)["error"]["code"] == "unreadable"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["LOOK", "/api/me"], "LOOK is no method"),
        (["GET", "/api/me", "--field=a=b"], "takes no body"),
        (["POST", "/api/orgs", "--field=name"], "NAME=VALUE"),
        (["POST", "/api/orgs", "--field=name:={"], "not JSON"),
        (["POST", "/api/orgs", "--input=absent.json"], "absent.json"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(clone: Clone, words: list[str], said: str) -> None:
    code = 3 if "absent" in said else 2
    assert said in clone.br("api", *words, exit_code=code)["error"]["message"]


def test_no_path_leads_the_key_elsewhere(clone: Clone) -> None:
    for path in ("https://elsewhere.example/api/me", "//elsewhere.example/api/me"):
        assert clone.br("api", "GET", path, exit_code=1)["error"]["code"] == "not_found"
