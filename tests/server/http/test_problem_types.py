"""The page that a problem's `type` leads to is there for every code, and says what the code does.

To accept changes: `BR_UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/server/http/test_problem_types.py`.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client

import buildrunner.server
from buildrunner.server.config.problem_pages import ProblemType, catalogue
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http import problems
from factories import Api

SERVER = Path(buildrunner.server.__file__).parent
DATA = SERVER / "config" / "problem_types.json"
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "problems.md"
# Codes that are no literal where they are raised: RFC 8628's errors.
DEVICE = ("authorization_pending", "slow_down", "expired_token", "access_denied")


def modules() -> Iterator[Path]:
    for path in sorted(SERVER.rglob("*.py")):
        if "migrations" not in path.parts and path.name != "__main__.py":
            yield path


def classes() -> dict[str, type[DomainError]]:
    """Every refusal of the product by its name; loading all modules finds all."""
    for path in modules():
        dotted = ".".join(path.relative_to(SERVER.parents[1]).with_suffix("").parts)
        importlib.import_module(dotted.removesuffix(".__init__"))
    found: dict[str, type[DomainError]] = {}
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith("buildrunner.server."):
            found[one.__name__] = one
    return found


def template(node: ast.expr | None) -> str:
    """A message as it is written, `…` for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    return ""


def raised() -> Iterator[tuple[str, str, str]]:
    """(class or function, code or "", wording) of every call that makes a refusal."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            code = template(named.get("code"))
            if "…" in code:  # made up where it is raised: a page's, which no program reads
                continue
            place = 2 if name == "edge_response" else 0
            words = template(node.args[place]) if len(node.args) > place else ""
            yield name, code, words


def scanned() -> list[ProblemType]:
    known = classes()
    found: dict[str, ProblemType] = {}

    def add(code: str, status: int, title: str, meaning: str, words: str = "") -> None:
        entry = found.setdefault(
            code,
            ProblemType(code=code, status=status, title=title, meaning=meaning, wordings=[]),
        )
        words = re.sub(r"\s+", " ", words).strip()
        if words and words not in entry["wordings"]:
            entry["wordings"].append(words)

    for status, (code, words) in sorted(problems._EDGE.items()):
        phrase = problems.HTTPStatus(status).phrase
        add(code, status, phrase, words)
    for one in sorted(known.values(), key=lambda one: (one.__module__, one.__name__)):
        meaning = re.sub(r"\s+", " ", (one.__doc__ or "").split("\n\n")[0]).strip()
        add(one.code, one.status, one.title, meaning)
    for code in DEVICE:
        one = known["DevicePending"]
        add(code, one.status, one.title, f"RFC 8628's `{code}`: see the guide to the API.")
    add("invalid_request", 422, "Unprocessable Content", "A field is missing or does not fit; "
        "`errors` lists each with its pointer.")  # fmt: skip
    add("csrf_failed", 403, "Forbidden", "A browser session changes something only with "
        "the header `X-CSRFToken`.")  # fmt: skip
    for name, code, words in raised():
        if name in known:
            one = known[name]
            meaning = re.sub(r"\s+", " ", (one.__doc__ or "").split("\n\n")[0]).strip()
            own = code in ("", one.code)
            add(
                code or one.code, one.status, one.title, meaning if own else words or meaning, words
            )
    for entry in found.values():
        entry["wordings"].sort()
    return sorted(found.values(), key=lambda entry: (entry["status"], entry["code"]))


def page_of(entries: list[ProblemType]) -> str:
    lines = [
        "# Problems",
        "",
        "Errors of the API are problem documents (RFC 9457, `application/problem+json`). Programs",
        "branch on `code`, which stays; `type` is the address of a page of the server about it. A",
        "test writes this page from the code.",
        "",
        "| status | code | means |",
        "|---|---|---|",
    ]
    for entry in entries:
        meaning = entry["meaning"].replace("|", "\\|")
        lines.append(f"| {entry['status']} | `{entry['code']}` | {meaning} |")
    return "\n".join(lines) + "\n"


def test_every_code_has_its_page() -> None:
    entries = scanned()
    if os.environ.get("BR_UPDATE_SNAPSHOTS"):
        text = json.dumps(entries, indent=1, ensure_ascii=False) + "\n"
        DATA.write_text(text, encoding="utf-8")
        REFERENCE.write_text(page_of(entries), encoding="utf-8")
        catalogue.cache_clear()
    assert list(catalogue().values()) == entries, "codes changed: see this file's docstring"
    assert REFERENCE.read_text(encoding="utf-8") == page_of(entries)
    for entry in entries:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", entry["code"])
        assert entry["meaning"], f"{entry['code']}: give its class a docstring"


def test_a_code_has_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    known = classes()
    for name, code, _ in raised():
        if name in known:
            statuses.setdefault(code or known[name].code, set()).add(known[name].status)
    assert {code: all_ for code, all_ in statuses.items() if len(all_) > 1} == {}


@pytest.mark.django_db
def test_the_type_of_a_problem_leads_to_its_page(api: Api) -> None:
    problem = cast("dict[str, Any]", api.get("/api/nothing").json())
    assert problem["type"] == "http://localhost:8400/problems/not_found"
    page = Client().get("/problems/not_found")
    assert page.status_code == 200
    assert "not_found" in page.content.decode()
    assert Client().get("/problems/invented").status_code == 404


@pytest.mark.django_db
def test_all_pages_are_drawn() -> None:
    client = Client()
    index = client.get("/problems").content.decode()
    for code in catalogue():
        assert f'href="/problems/{code}"' in index
        assert client.get(f"/problems/{code}").status_code == 200
