"""Packs that are broken or mean harm: told by line, refused early, never evaluated."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.blueprints import catalog, changes, combine, export, load, render
from buildrunner.spec.blueprints.findings import MENDS, RULES
from buildrunner.spec.blueprints.schema import generate, schema
from buildrunner.spec.blueprints.versions import key, satisfies
from buildrunner.spec.document import index, walk
from buildrunner.spec.errors import SpecError
from kits.growth import growth
from kits.packs import EMPTY, microstep, pack, small

ROOT = Path(__file__).parents[3]


def codes(document: Any) -> list[str]:
    data = document if isinstance(document, bytes) else json.dumps(document, indent=1).encode()
    return [finding.code for finding in load(data).errors]


def test_the_published_schema_is_the_one_in_force() -> None:
    published = ROOT / "docs" / "reference" / "blueprint.schema.json"
    assert json.loads(published.read_text()) == schema() == generate()


def test_every_rule_says_how_to_mend_it() -> None:
    assert RULES.keys() == MENDS.keys()


def changed(path: str, value: Any) -> dict[str, Any]:
    document: Any = small()
    *way, last = path.split("/")
    node = document
    for token in way:
        node = node[int(token)] if token.isdigit() else node[token]
    if last.isdigit():
        node[int(last)] = value
    else:
        node[last] = value
    return document  # type: ignore[no-any-return]


STEP = "plan/milestones/0/steps/0"
ONE = f"{STEP}/microsteps/0"


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("format", "other/1", "BP101"),
        ("name", "../../etc/passwd", "BP201"),
        ("name", "Auth", "BP201"),
        ("version", "1.0", "BP202"),
        ("requires", [{"name": "auth", "version": "latest"}], "BP203"),
        ("requires", [{"name": "small"}], "BP404"),
        ("parameters", [{"name": "a", "title": "A"}, {"name": "a", "title": "B"}], "BP301"),
        ("parameters", [{"name": "a", "title": "A", "pattern": "(?=x)"}], "BP306"),
        ("parameters", [{"name": "a", "title": "A", "default": "x", "enum": ["y"]}], "BP303"),
        ("parameters", [{"name": "a", "title": "A", "default": "../x", "type": "path"}], "BP303"),
        (f"{ONE}/title", "Make ${nothing}", "BP302"),
        (f"{ONE}/title", "${__import__('os').system('true')}", "BP302"),
        (f"{ONE}/depends_on", ["${a}"], "BP304"),
        (f"{ONE}/status", "done", "BP401"),
        (f"{ONE}/aliases", ["m1"], "BP402"),
        (f"{ONE}/source", {"format": "blueprint", "key": "auth@1.0.0#m1"}, "BP402"),
        (f"{ONE}/depends_on", ["auth#m1"], "BP403"),
        (f"{ONE}/depends_on", ["m1.s1.ms2"], "BR306"),
        (f"{ONE}/depends_on", ["m9"], "BR304"),
        (f"{ONE}/id", "m1.s1.ms2", "BR301"),
        (f"{ONE}/criteria", [], "BP201"),
        (f"{ONE}/title", "a\u202egnp.exe", "BP107"),
        (f"{ONE}/title", "a\u0000b", "BP107"),
        (f"{ONE}/criteria", ["x" * 10_001], "BP106"),
        (f"{ONE}/links", ["javascript:alert(1)"], "BR502"),
        (f"{ONE}/links", ["https://user:pass@example.org/"], "BR503"),
        (
            f"{ONE}/checks",
            [{"id": "c", "kind": "file", "path": "../../../etc/passwd"}],
            "BR413",
        ),
        (f"{ONE}/rollback_plan", "-----BEGIN RSA PRIVATE KEY-----", "BR501"),
        (f"{STEP}/microsteps", {}, "BR202"),
        ("plan", [], "BR202"),
        ("tags", ["x"] * 101, "BP105"),
    ],
)
def test_each_fault_is_told_at_its_line(path: str, value: Any, code: str) -> None:
    text = json.dumps(changed(path, value), indent=1)
    findings = list(load(text.encode(), "pack.json").errors)
    assert code in [finding.code for finding in findings]
    found = next(finding for finding in findings if finding.code == code)
    assert found.line is not None
    assert found.hint
    member = path.rpartition("/")[2]
    if found.pointer.endswith(f"/{member}"):
        assert f'"{member}"' in text.splitlines()[found.line - 1]


def test_archives_and_bombs_are_not_opened() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../etc/cron.d/evil", "x" * 10_000_000)
    assert codes(packed.getvalue()) == ["BP102"]
    assert codes(gzip.compress(b"0" * 10_000_000)) == ["BP102"]


@pytest.mark.parametrize(
    ("begin", "repeated", "times", "end"),
    [
        (b"", b"[", 1_000_000, b""),
        (b"", b'{"a":', 200_000, b""),
        (b'{"format":"buildrunner.blueprint/1","extra":', b"[", 60, b"]" * 60 + b"}"),
        (b'{"format":"buildrunner.blueprint/1","extra":[', b"0,", 1_000_000, b"0]}"),
        (b"", b" ", 5_000_001, b""),
        (b'{"name": 1, "name": 2}', b"", 8, b""),
        (b"\xff\xfe\x00", b"", 8, b""),
        (b"", b"", 8, b""),
    ],
)
def test_size_and_depth_are_bounded(begin: bytes, repeated: bytes, times: int, end: bytes) -> None:
    assert codes(begin + repeated * times + end)
    assert growth(lambda count: codes(begin + repeated * count + end), times) < 4


def test_many_parts_are_refused() -> None:
    document = small()
    rows = document["plan"]["milestones"][0]["steps"][0]["microsteps"]
    rows.extend(
        {"id": f"m1.s1.x{number}", "title": "T", "criteria": ["c"]} for number in range(5_000)
    )
    assert codes(document) == ["BP105"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8")))
def test_reading_never_raises(data: bytes) -> None:
    reading = load(data)
    assert reading.blueprint is None
    assert reading.errors


@given(st.integers(0, 4), st.integers(0, 20_000), st.binary(min_size=1, max_size=4))
def test_broken_packs_never_raise(which: int, place: int, noise: bytes) -> None:
    data = catalog()[which].text.encode()
    at = place % len(data)
    load(data[:at] + noise + data[at + len(noise) :])


def test_values_are_texts_and_nothing_else() -> None:
    document = small(
        parameters=[
            {"name": "a", "title": "A", "default": "x"},
            {"name": "c", "title": "C", "type": "command", "default": "make test"},
        ]
    )
    first = microstep(document, 0)
    first["title"] = "Make ${a}, not $${a}"
    first["checks"] = [{"id": "t", "kind": "command", "run": "${c} ${a}"}]
    hostile = "$(rm -rf /); ${c} <script>"
    made = pack(document, a=hostile)
    part = next(part for part in made.parts if part.id == "m1.s1.ms1")
    assert part.fields["title"] == f"Make {hostile}, not ${{a}}"
    assert part.fields["checks"][0]["run"] == f"make test '{hostile}'"


@pytest.mark.parametrize("value", ["a\nb", "x" * 501, "\u202e", "a\x1b[2J"])
def test_values_that_hide_something_are_refused(value: str) -> None:
    document = small(parameters=[{"name": "a", "title": "A"}])
    microstep(document, 0)["title"] = "Make ${a}"
    with pytest.raises(SpecError) as caught:
        pack(document, a=value)
    assert caught.value.code == "blueprint_parameters"
    with pytest.raises(SpecError):
        pack(document)


def test_a_value_may_not_smuggle_what_a_pack_may_not_hold() -> None:
    document = small(parameters=[{"name": "a", "title": "A"}])
    microstep(document, 0)["links"] = ["${a}"]
    with pytest.raises(SpecError) as caught:
        pack(document, a="javascript:alert(1)")
    assert caught.value.code == "blueprint_unfit"


def test_filling_in_cannot_grow_without_end() -> None:
    document = small(parameters=[{"name": "a", "title": "A"}])
    microstep(document, 0)["criteria"] = [f"{number} " + "${a}" * 2000 for number in range(60)]
    with pytest.raises(SpecError) as caught:
        pack(document, a="x" * 500)
    assert caught.value.code == "blueprint_too_large"


def test_hostile_patterns_take_linear_time() -> None:
    rows = [{"name": "a", "title": "A", "pattern": "(a+)+$"}]
    document = small(parameters=rows)
    microstep(document, 0)["title"] = "${a}"

    def refused(size: int) -> None:
        with pytest.raises(SpecError):
            pack(document, a="a" * (size - 1) + "!")

    assert growth(refused, 500) < 4


def test_ids_of_a_pack_never_take_over_the_plans() -> None:
    own = {"id": "m1", "title": "Ours", "steps": [], "aliases": ["m2"]}
    plan = {**EMPTY, "milestones": [own]}
    result = combine(plan, pack(small()))
    assert index(result.document)["m1"].value == own
    assert result.document["milestones"][1]["id"] == "m3"
    rows = changes(result.operations, plan)
    assert [row["op"] for row in rows] == ["add"] * 4


def test_an_export_is_the_work_without_its_progress() -> None:
    plan = combine(EMPTY, pack(small())).document
    for entity in walk(plan):
        entity.value["owner"] = "Ada"
    step = index(plan)["m1.s1"].value
    step["microsteps"][0]["status"] = "done"
    step["microsteps"][0]["title"] = "Costs ${much}"
    document = export(plan, ["m1.s1"], name="ours", title="Ours")
    text = json.dumps(document)
    assert codes(document) == []
    for word in ("done", "Ada", "source", "blueprints"):
        assert word not in text
    assert render(document).parts[2].fields["title"] == "Costs ${much}"
    again = combine(EMPTY, render(document)).document
    assert len([*walk(again)]) == len([*walk(plan)])


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("1.2.3", "*", True),
        ("1.2.3", "^1.0.0", True),
        ("2.0.0", "^1.0.0", False),
        ("0.2.0", "^0.1.0", False),
        ("1.2.3", ">=1.0 <2", True),
        ("1.3.0", "~1.2.0", False),
        ("1.0.0-rc.1", ">=1.0.0", False),
        ("1.0.0", "=1.0.0", True),
        ("1.0.0", "nonsense", False),
    ],
)
def test_ranges(version: str, wanted: str, fits: bool) -> None:
    assert satisfies(version, wanted) is fits


def test_versions_are_ordered_as_the_standard_says() -> None:
    names = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.1"]
    assert sorted(names, key=lambda name: key(name) or (0, 0, 0, ())) == names
