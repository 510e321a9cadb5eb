"""The registry: detection, refusal, laziness; and what every import gives."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from buildrunner.spec import formats, lint
from buildrunner.spec.document import loads
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.dependencies import break_cycles
from buildrunner.spec.merge import merge

REAL = [
    ("taskmaster/testcraft.json", "taskmaster"),
    ("markdown/prd.md", "markdown"),
    ("csv/tracker.csv", "csv"),
]


@pytest.mark.parametrize(
    ("name", "data", "format"),
    [
        ("plan.json", b'{"milestones": []}', "json"),
        ("x.JSON", b'{"tasks": []}', "taskmaster"),
        ("tasks.json", b'{"master": {"tasks" : []}}', "taskmaster"),
        ("x", b'{"tasks": [], "note": "\\"milestones\\": 1"}', "taskmaster"),
        ("x.json", b"{}", None),
        ("notes.MD", b"", "markdown"),
        ("x.markdown", b"x", "markdown"),
        ("stdin", b"\n# Title\n", "markdown"),
        ("stdin", b"* [ ] a\n", "markdown"),
        ("x.tsv", b"", "csv"),
        ("stdin", b"title,status\na,b\n", "csv"),
        ("stdin", b"colour,shape\na,b\n", None),
        ("x.bin", bytes(range(256)), None),
        ("", b"", None),
    ],
)
def test_detect(name, data, format):
    assert formats.detect(name, data) == format


@pytest.mark.parametrize(("path", "format"), REAL)
def test_real_files_are_detected_and_lint_clean(path, format, data_dir):
    data = (data_dir / "formats" / path).read_bytes()
    assert formats.detect(path, data) == format
    result = formats.read(data, name=path)
    assert result.format == format
    findings = lint.lint(formats.write(result.plan, "json").encode())
    assert [f for f in findings if f.severity == "error"] == []


@pytest.mark.parametrize(("path", "format"), REAL)
@pytest.mark.parametrize("name", ["buildrunner-phase4.json", "buildrunner-phase8.json"])
def test_real_files_come_into_real_plans(path, format, name, data_dir):
    plan = loads((data_dir / "plans" / name).read_bytes())
    before = lint.lint(formats.write(plan, "json").encode())
    result = formats.read((data_dir / "formats" / path).read_bytes(), name=path, existing=plan)
    after = lint.lint(formats.write(result.plan, "json").encode())
    errors = [f.code for f in before if f.severity == "error"]
    assert [f.code for f in after if f.severity == "error"] == errors
    for own in ("json", "markdown", "csv"):
        suffix = formats.FORMATS[own].suffixes[0]
        text = formats.write(result.plan, own)
        assert (
            formats.read(text.encode(), name="x" + suffix, existing=result.plan).plan == result.plan
        )


def test_a_format_that_does_not_exist_is_named_with_those_that_do():
    for call in (
        lambda: formats.read(b"x", name="x", format="trello"),
        lambda: formats.write({}, "trello"),
        lambda: formats.write({}, "taskmaster"),
        lambda: formats.read(b"x", name="x", format="dot"),
    ):
        with pytest.raises(SpecError) as caught:
            call()
        assert caught.value.code == "format_unknown"
        assert "csv" in caught.value.hint


def test_a_folder_is_taken_by_formats_that_read_folders_only():
    with pytest.raises(SpecError) as caught:
        formats.read({"a.md": b"# a", "b.md": b"# b"}, name="specs", format="markdown")
    assert caught.value.code == "import_folder"
    one = formats.read({"a.md": b"# a\n- [ ] b\n"}, name="specs", format="markdown")
    assert one.counts["microsteps"] == 1


def test_an_enormous_file_is_refused_before_it_is_parsed():
    with pytest.raises(SpecError) as caught:
        formats.read(b" " * (64 * 1024 * 1024 + 1), name="x.md")
    assert caught.value.code == "import_too_large"


@pytest.mark.parametrize("namespace", ["", "a b", "x#y", "/", "-x", "a" * 65])
def test_a_name_for_an_import_is_checked(namespace):
    if not namespace:
        return
    with pytest.raises(SpecError) as caught:
        formats.read(b"- [ ] a\n", name="x.md", namespace=namespace)
    assert caught.value.code == "namespace_invalid"


def test_the_suffix_of_a_file_names_the_format_to_write():
    names = ["plan.md", "PLAN.CSV", "a/b.mmd", "x.gv", "plan.json", "plan.txt", "plan"]
    assert [formats.format_for_suffix(name) for name in names] == [
        "markdown", "csv", "mermaid", "dot", "json", None, None,
    ]  # fmt: skip


def test_every_row_has_its_module_with_what_it_promises():
    for entry in formats.FORMATS.values():
        module = entry.load()
        assert hasattr(module, "read") == entry.reads
        assert hasattr(module, "write") == entry.writes


def test_the_registry_loads_no_format():
    code = (
        "import sys; import buildrunner.spec.formats as f; "
        "print([m for m in sys.modules if m.startswith(f.__name__ + '.') or m in "
        "('csv', 'markdown_it', 'json', 're')])"
    )
    shown = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(formats.__file__).parents[3])},
    )
    assert ast.literal_eval(shown.stdout) == []


def test_cycles_are_broken_once_and_deterministically():
    def ring(size):
        return {str(n): [str((n + 1) % size)] for n in range(size)}

    edges = ring(5000)
    assert [(a, b) for a, b, _ in break_cycles(edges)] == [("4999", "0")]
    assert break_cycles(edges) == []
    kept = {"a": ["b"], "b": ["c"], "c": ["a"]}
    taken = break_cycles(kept, lambda *pair: pair == ("a", "b"))
    assert [(a, b) for a, b, _ in taken] == [("a", "b")]
    assert break_cycles({"a": ["b"], "b": ["a"]}, lambda *pair: False) == []
    knot = {str(n): [str(m) for m in range(60)] for n in range(60)}
    break_cycles(knot)
    assert break_cycles(knot) == []


def test_the_reference_page_names_every_format_and_refusal():
    root = Path(formats.__file__).parents[4]
    page = (root / "docs" / "reference" / "formats.md").read_text()
    for name in formats.FORMATS:
        assert f"\n| `{name}` |" in page
        assert f"\n## {name}" in page or name in ("mermaid", "dot")
    sources = [*Path(formats.__file__).parent.glob("*.py")]
    sources.append(root / "src" / "buildrunner" / "cli" / "commands" / "transfer.py")
    codes = {
        code
        for source in sources
        for code in re.findall(r'(?:SpecError|Refusal)\(\s*"(\w+)"', source.read_text())
    }
    assert codes
    assert {code for code in codes if f"`{code}`" not in page} <= {"plan_invalid"}


@pytest.mark.parametrize(("path", "format"), REAL)
def test_two_clones_that_import_one_file_merge_to_the_same(path, format, data_dir):
    base = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    data = (data_dir / "formats" / path).read_bytes()
    ours = formats.read(data, name=path, existing=base).plan
    theirs = formats.read(data, name=path, existing=base).plan
    assert ours == theirs
    merged = merge(base, ours, theirs)
    assert merged.clean
    assert merged.document == ours
    assert formats.read(data, name=path, existing=merged.document).plan == merged.document
