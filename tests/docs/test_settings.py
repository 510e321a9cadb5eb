"""The page of settings names every variable that the product reads, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from buildrunner.workspace import envfile

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
OURS = re.compile(r"BR_[A-Z_]+|DATABASE_([A-Z]+_)?URL|DJANGO_SETTINGS_MODULE")
READERS = {
    "get",
    "setdefault",
    "pop",
    "text",
    "flag",
    "number",
    "folder",
    "choice",
    "networks",
    "core",
}
# Put together by a pattern (`f"{scheme}_proxy"`).
OTHERS = {"http_proxy", "https_proxy", "all_proxy"}
SCRIPTS = {
    "PYTHON",
    "BR_TEST_CHROMIUM",
    "BR_TEST_DATABASE_URL",
    "BR_UPDATE_SNAPSHOTS",
    "HYPOTHESIS_PROFILE",
}


def read_by(path: Path) -> Iterator[str]:
    """Names in quotes: ours anywhere, others where they are asked of the environment."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Constant(value=str(name)) if OURS.fullmatch(name):
                yield name
            case ast.Call(
                func=ast.Attribute(value=owner, attr=attribute),
                args=[ast.Constant(value=str(name)), *_],
            ) if attribute in READERS and is_environment(owner):
                yield name
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))) if is_environment(
                owner
            ):
                yield name
            case ast.Compare(
                left=ast.Constant(value=str(name)),
                ops=[ast.In() | ast.NotIn()],
                comparators=[owner],
            ) if is_environment(owner):
                yield name


def is_environment(node: ast.expr) -> bool:
    """`os.environ`, or a module or variable that stands for it."""
    return ast.unparse(node) in {"os.environ", "env", "environment"}


def test_the_page_is_complete() -> None:
    source = ROOT / "src" / "buildrunner"
    read = {name for path in source.rglob("*.py") for name in read_by(path)}
    assert {"BR_SERVER", "NO_COLOR", "DATABASE_URL", "BR_WEB_THREADS", "BR_PORT"} <= read
    read |= {key.name for key in envfile.KEYS} | OTHERS | SCRIPTS
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    documented = [name for row in rows for name in re.findall(r"`([^`]+)`", row[1])]
    assert {len(row) for row in rows} == {6}  # variable, holds, default, example
    assert sorted(read - set(documented)) == []
    assert sorted(set(documented) - read) == []


def test_variables_of_scripts_and_tests_are_there() -> None:
    places = [*(ROOT / "script").iterdir(), *(ROOT / "tests").rglob("*.py")]
    text = "\n".join(path.read_text() for path in places if path != Path(__file__))
    assert [name for name in SCRIPTS if not re.search(rf"\b{name}\b", text)] == []
