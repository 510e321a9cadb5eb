"""The page of events names every kind that the code emits, and no other, with the data it carries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "events.md"
DOMAINS = ROOT / "src" / "buildrunner" / "server" / "domains"
KIND = re.compile(r"[a-z_]+\.[a-z_]+")
EMITTERS = {"emit", "_emit", "announce", "record", "_record"}


def name_of(call: ast.Call) -> str:
    """`emit(…)` and `events.emit(…)` alike."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def strings(node: ast.expr) -> Iterator[str]:
    """A text, or both of `a if x else b`."""
    match node:
        case ast.Constant(value=str(text)) if KIND.fullmatch(text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from strings(one)
            yield from strings(other)


def emitted() -> Iterator[tuple[str, set[str]]]:
    """Kinds in the code, each with the members of its data that are written beside it."""
    for path in DOMAINS.rglob("*.py"):
        tree = ast.parse(path.read_text())
        if "events" in (path.stem, path.parent.name):
            for node in tree.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                    yield from ((kind, set()) for kind in strings(node.value))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            given = {word.arg: word.value for word in node.keywords}
            kinds = [kind for one in node.args for kind in strings(one)]
            if name_of(node) in EMITTERS:
                data = [given.get("data"), *node.args]
                members = {
                    key.value
                    for one in data
                    if isinstance(one, ast.Dict)
                    for key in one.keys
                    if isinstance(key, ast.Constant)
                }
                yield from ((kind, members) for kind in kinds)
            elif "kind" in given:
                yield from ((kind, set()) for kind in strings(given["kind"]))


def test_the_page_is_complete() -> None:
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert {len(row) for row in rows} == {5}  # kind, subject, data
    documented = {row[1].strip().strip("`"): set(re.findall(r"`([^`]+)`", row[3])) for row in rows}
    assert len(documented) == len(rows)
    found = list(emitted())
    kinds = {kind for kind, _ in found}
    assert {"plan.revised", "member.added", "webhook.created", "key.rotated"} <= kinds
    assert sorted(kinds - documented.keys()) == []
    assert sorted(documented.keys() - kinds) == []
    for kind, members in found:
        assert members <= documented[kind], f"{kind}: {members - documented[kind]} is not told"
