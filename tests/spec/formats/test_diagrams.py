"""Diagrams: structure, escaping, and that no label can leave its quotes."""

import re

import pytest
from hypothesis import given
from plans_with_any_text import plans_with_any_text

from buildrunner.spec import formats
from buildrunner.spec.document import index, loads
from strategies import entities

PLAN = {
    "projectId": "p",
    "title": "T",
    "version": "1.0.0",
    "updatedAt": "2025-01-01T00:00:00Z",
    "milestones": [
        {
            "id": "m1",
            "title": "One",
            "steps": [
                {
                    "id": "m1.s1",
                    "title": "Step",
                    "microsteps": [
                        {"id": "m1.s1.ms1", "title": 'say "hi"', "status": "done", "criteria": []},
                        {
                            "id": "m1.s1.ms2",
                            "title": "<b>`x`</b> #quot; \\N",
                            "status": "todo",
                            "criteria": [],
                            "depends_on": ["m1.s1.ms1", "gone", "old"],
                        },
                        {"id": "end", "title": "", "status": "odd", "aliases": ["old"]},
                    ],
                }
            ],
        }
    ],
}


def test_dot():
    text = formats.write(PLAN, "dot")
    assert 'n3 [label="m1.s1.ms1\\nsay \\"hi\\"", fillcolor="#d7f0dc"];' in text
    assert 'label="m1.s1.ms2\\n<b>`x`</b> #quot; \\\\N"' in text
    assert re.findall(r"n\d+ -> n\d+;", text) == ["n3 -> n4;", "n5 -> n4;"]


def test_mermaid():
    text = formats.write(PLAN, "mermaid")
    assert text.startswith("flowchart LR\n")
    assert 'n3["m1.s1.ms1<br/>say #34;hi#34;"]:::done' in text
    assert 'n4["m1.s1.ms2<br/>#60;b#62;#96;x#96;#60;/b#62; #35;quot#59; #92;N"]:::todo' in text
    assert 'n5["end"]\n' in text
    assert re.findall(r"n\d+ --> n\d+", text) == ["n3 --> n4", "n5 --> n4"]


def test_dependencies_of_groups_end_at_their_borders():
    plan = {
        "milestones": [
            {
                "id": "m1",
                "steps": [
                    {"id": "m1.s1", "microsteps": [{"id": "a"}, {"id": "b"}], "depends_on": ["a"]},
                    {"id": "m1.s2", "microsteps": [{"id": "c"}], "depends_on": ["m1.s1", "m1"]},
                    {"id": "m1.s3", "microsteps": [], "depends_on": ["c"]},
                ],
            }
        ]
    }
    dot = formats.write(plan, "dot")
    assert re.findall(r"n\d+ -> .*", dot) == [
        "n4 -> n6 [ltail=cluster_n2, lhead=cluster_n5];",
        "n6 -> n7_empty [lhead=cluster_n7];",
    ]
    assert "n7_empty [shape=point, style=invis];" in dot
    mermaid = formats.write(plan, "mermaid")
    assert re.findall(r"n\d+ --> n\d+", mermaid) == ["n2 --> n5", "n6 --> n7"]


@given(plans_with_any_text())
def test_no_label_leaves_its_quotes_in_dot(plan):
    text = formats.write(plan, "dot")
    # What is left when every string of the DOT grammar is taken out is our own skeleton.
    skeleton = re.sub(r'"(?:[^"\\]|\\.)*"', "S", text)
    assert re.fullmatch(r"[A-Za-z0-9_\[\]{}=,;>\s-]*", skeleton)
    assert skeleton.count("subgraph") == sum(kind != "microstep" for kind, _, _ in entities(plan))
    assert all(len(line) < 1000 for line in text.splitlines())


@given(plans_with_any_text())
def test_no_label_leaves_its_quotes_in_mermaid(plan):
    text = formats.write(plan, "mermaid")
    skeleton = re.sub(r'"[^"\n]*"', "S", text)
    lines = skeleton.split("\n")
    node = r" +n\d+\[S\](:::\w+)?|"
    assert all(
        re.fullmatch(
            node + r" +subgraph n\d+\[S\]| +end| +n\d+ --> n\d+| +classDef .*|flowchart LR|", line
        )
        for line in lines
    )
    labels = re.findall(r'"([^"\n]*)"', text)
    assert not [label for label in labels if re.search(r"[<>`\\{}|]", label.replace("<br/>", ""))]


@pytest.mark.parametrize("format", ["dot", "mermaid"])
def test_real_plans_show_every_entity(format, data_dir):
    plan = loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())
    text = formats.write(plan, format)
    for identifier in index(plan):
        assert re.search(rf'"{re.escape(identifier)}(\\n|<br/>)', text)


@pytest.mark.parametrize("format", sorted(formats.EXPORTERS))
@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"milestones": None},
        {"milestones": [None, {"id": 3, "title": 4, "steps": [{"microsteps": [7, {}]}]}]},
        {"title": [], "milestones": [{"id": "m", "aliases": 3, "depends_on": "x", "steps": [{"id": "s", "microsteps": [{"id": "ms", "depends_on": [1, "ms"], "status": {}, "criteria": "x", "aliases": 5}]}]}]},
    ],
)  # fmt: skip
def test_a_malformed_plan_can_be_exported(format, plan):
    folder = formats.FORMATS[format].folder
    texts = formats.write_files(plan, format) if folder else {"": formats.write(plan, format)}
    assert all(text.endswith("\n") for text in texts.values())
