"""Rules of the house that import contracts cannot express."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "buildrunner"
DOMAINS = "buildrunner.server.domains"
MODULES = sorted(SOURCE.rglob("*.py"))
# What the composition root may take from a room beside its facade.
ENTRANCES = {"rest", "web", "tasks", "apps"}


def imports_of(path: Path) -> set[str]:
    """Every module and every `module.name` that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_room_is_entered_by_its_door(path: Path) -> None:
    here = dotted(path)
    for name in imports_of(path):
        if not name.startswith(f"{DOMAINS}."):
            continue
        room, _, inner = name.removeprefix(f"{DOMAINS}.").partition(".")
        if here.startswith(f"{DOMAINS}.{room}.") or not inner:
            continue
        door = inner.split(".")[0]
        composed = here.startswith("buildrunner.server.config.") and door in ENTRANCES
        assert door == "facade" or composed, f"{here} reaches into {name}; use {room}.facade"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_files_stay_small_and_named(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{path} has {lines} lines; split it by responsibility"
    assert path.stem not in {"util", "utils", "helper", "helpers", "misc", "common"}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    if "migrations" in path.parts:
        return
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path}: no docstring"


def test_facades_declare_what_they_offer() -> None:
    for facade in (SOURCE / "server" / "domains").glob("*/facade.py"):
        names = {
            target.id
            for node in ast.parse(facade.read_text()).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "__all__" in names, f"{facade} has no __all__"


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_locks_are_hashed_and_name_no_index() -> None:
    for lock in tracked("requirements/*.txt"):
        text = lock.read_text()
        assert not re.search(r"https?://|^--(extra-)?index|^--find-links|^-i ", text, re.MULTILINE)
        pinned = re.findall(r"^[a-zA-Z0-9_.\-\[\],]+==\S+.*$", text, re.MULTILINE)
        assert pinned, f"{lock.name} pins nothing"
        assert all(line.rstrip().endswith("\\") for line in pinned), (
            f"{lock.name}: a pin has no hash"
        )


def test_no_binary_over_a_megabyte() -> None:
    heavy = [path for path in tracked() if path.stat().st_size > 1_000_000]
    assert heavy == []


def test_import_contracts_name_every_room() -> None:
    rooms = {path.name for path in (SOURCE / "server" / "domains").iterdir() if path.is_dir()}
    rooms -= {"__pycache__"}
    inside = (ROOT / ".importlinter").read_text().split("inside-a-room]")[1].split("layers =")[0]
    assert rooms == set(re.findall(rf"{re.escape(DOMAINS)}\.(\w+)", inside))


def test_no_two_rooms_describe_a_body_by_one_name() -> None:
    """In the API's description the second would take the place of the first."""
    seen: dict[str, Path] = {}
    for path in (SOURCE / "server" / "domains").glob("*/rest/*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                assert node.name not in seen, f"{node.name}: {seen[node.name]} and {path}"
                seen[node.name] = path
