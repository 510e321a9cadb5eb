"""Markdown from other hands: outlines, checklists, PRDs, and their next versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec import formats
from buildrunner.spec.document import index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.markdown_text import attributes, decode, encode, split_attributes
from strategies import entities


def imported(text, existing=None, *, name="notes.md", **options):
    return formats.read(text.encode(), name=name, existing=existing, **options)


def tree(plan):
    """The titles as nested lists; microsteps as (title, status, criteria)."""
    return [
        (
            milestone["title"],
            [
                (step["title"], [(m["title"], m["status"], m["criteria"]) for m in step["microsteps"]])
                for step in milestone["steps"]
            ],
        )
        for milestone in plan["milestones"]
    ]  # fmt: skip


def made(title):
    return [f"{title}: done, and shown to work"]


def test_a_prd(data_dir):
    result = formats.read(
        (data_dir / "formats" / "markdown" / "prd.md").read_bytes(), name="docs/prd.md"
    )
    assert result.plan["title"] == "Tide tables for small harbours"
    assert result.plan["description"].startswith("Skippers plan by printed tables")
    assert tree(result.plan) == [
        ("Measure", [
            ("Gauge", [
                ("Choose a gauge", "done", ["reads every minute", "survives salt water"]),
                ("Mount it at the pier", "done", made("Mount it at the pier")),
                ("Send readings home", "todo",
                 ["one reading a minute arrives", "a gap of ten minutes raises an alarm"]),
            ]),
            ("Station", [
                ("Keep readings for ten years", "todo", made("Keep readings for ten years")),
                ("Show the last day as a curve", "doing", made("Show the last day as a curve")),
            ]),
        ]),
        ("Predict", [
            ("Predict", [
                ("Harmonic analysis of one year", "todo",
                 ["the 37 constituents of the standard set", "residual below 5 cm in calm weather"]),
                ("Predict by neural network", "blocked", made("Predict by neural network")),
            ]),
            ("Wind: Surge model", [
                ("Take the wind forecast in", "todo", made("Take the wind forecast in")),
                ("Correct the table by the surge", "todo", made("Correct the table by the surge")),
            ]),
        ]),
    ]  # fmt: skip
    dropped = {note.message: note.line for note in result.notes if note.dropped}
    assert dropped == {
        "section 'Background' has nothing to do in it": 13,
        "section 'Appendix' has nothing to do in it": 51,
    }
    sending = index(result.plan)["m1.s1.ms3"].value
    assert sending["description"] == "Over the harbour's own radio, 868 MHz."
    assert index(result.plan)["m1"].value["description"] == "What we know about one harbour."


def test_the_second_import_is_a_no_op_wherever_the_file_lies(data_dir):
    data = (data_dir / "formats" / "markdown" / "prd.md").read_bytes()
    first = formats.read(data, name="docs/prd.md")
    for name in ("docs/prd.md", "prd.md", "Downloads/prd (1).md"):
        again = formats.read(data, name=name, existing=first.plan)
        assert again.plan == first.plan
        assert not again.counts["updated"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] a\n- [x] b\n", [("notes", [("notes", [("a", "todo", made("a")), ("b", "done", made("b"))])])]),
        ("# Only\n- [ ] a\n", [("Only", [("Only", [("a", "todo", made("a"))])])]),
        ("- a\n  - one\n  - two\n", [("notes", [("notes", [("a", "todo", ["one", "two"])])])]),
        ("- s\n  - a\n    - one\n", [("notes", [("s", [("a", "todo", ["one"])])])]),
        ("# T\n## M\n### S\nprose\n", [("M", [("S", [("S", "todo", made("S"))])])]),
        ("# A\n- [ ] a\n# B\n- [ ] b\n", [("A", [("A", [("a", "todo", made("a"))])]), ("B", [("B", [("b", "todo", made("b"))])])]),
        ("T\n=\n\nM\n-\n\n* [X] a\n", [("M", [("M", [("a", "done", made("a"))])])]),
        ("## M\r\n### S\r\n- [ ] a\r\n", [("S", [("S", [("a", "todo", made("a"))])])]),
        ("# T\n## M\n### S\n- [ ] a\n  - b\n    - [x] b\n    - c\n", [("M", [("S", [("a", "todo", ["b", "c"])])])]),
        ("# T\n## M\n- [ ] <img src=x onerror=alert(1)>\n", [("M", [("M", [("<img src=x onerror=alert(1)>", "todo", made("<img src=x onerror=alert(1)>"))])])]),
        ("# T\n## M\n- [ ] a \\* b &#42; \\<c\\>\n", [("M", [("M", [("a * b * <c>", "todo", made("a * b * <c>"))])])]),
    ],
)  # fmt: skip
def test_shapes(text, expected):
    result = imported(text)
    assert tree(result.plan) == expected
    assert imported(text, result.plan).plan == result.plan


def test_equal_titles_stay_apart():
    text = "# T\n## M\n- [ ] a\n- [ ] a\n## M\n- [x] a\n"
    result = imported(text)
    assert result.counts["microsteps"] == 3
    assert imported(text, result.plan).plan == result.plan


OUTLINE = (
    "# T\n## First\n### Tools\n- [ ] install\n- [ ] configure it\n## Second\n### Rest\n- [ ] go\n"
)


def test_a_changed_outline_changes_what_it_changed():
    first = imported(OUTLINE).plan
    index(first)["m1.s1.ms2"].value["owner"] = "ann"
    text = OUTLINE.replace("[ ] install", "[x] install").replace("# T\n", "# Other\n")
    result = imported(text, first)
    assert index(result.plan)["m1.s1.ms1"].value["status"] == "done"
    assert index(result.plan)["m1.s1.ms2"].value["owner"] == "ann"
    assert result.plan["title"] == "T"  # the plan has a title; a file does not rename it
    assert result.counts["updated"] == 1


def test_a_local_status_survives_an_unchanged_outline():
    first = imported(OUTLINE).plan
    index(first)["m1.s1.ms1"].value["status"] = "done"
    assert imported(OUTLINE, first).plan == first


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("configure it", "configure it well", "m1.s1.ms2"),
        ("### Tools", "### The tools", "m1.s1"),
        ("## First", "## At first", "m1"),
        ("## First", "## Begin", "m1"),  # known by the step it holds
    ],
)
def test_a_renamed_heading_or_entry_is_renamed_not_doubled(old, new, changed):
    first = imported(OUTLINE).plan
    result = imported(OUTLINE.replace(old, new), first)
    assert list(index(result.plan)) == list(index(first))
    assert index(result.plan)[changed].value["title"] == new.lstrip("# ")
    assert not result.counts["absent"]
    again = imported(OUTLINE.replace(old, new), result.plan)
    assert again.plan == result.plan


def test_an_unlike_entry_is_new_and_the_old_one_stays():
    result = imported(OUTLINE.replace("configure it", "zzz"), imported(OUTLINE).plan)
    assert [m["title"] for m in result.plan["milestones"][0]["steps"][0]["microsteps"]] == [
        "install",
        "zzz",
        "configure it",
    ]
    assert result.counts["absent"] == 1


def test_two_files_with_equal_headings_stay_apart():
    first = imported(OUTLINE, name="one.md").plan
    second = imported(OUTLINE, first, name="two.md")
    assert second.counts["microsteps"] == 3
    assert not second.counts["absent"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "import_empty"),
        ("\n \n", "import_empty"),
        ("Only words.\n", "import_nothing"),
        ("```\n- [ ] in code\n```\n", "import_nothing"),
        (">" * 100_000 + "x", "import_too_deep"),
        ("\n".join("  " * depth + "- x" for depth in range(200)), "import_too_deep"),
    ],
)
def test_what_is_no_outline_is_named(text, code):
    with pytest.raises(SpecError) as caught:
        imported(text)
    assert caught.value.code == code
    assert caught.value.hint


def test_what_is_no_utf8_is_named_with_its_line():
    with pytest.raises(SpecError) as caught:
        formats.read(b"# T\n- [ ] caf\xe9\n", name="x.md")
    assert (caught.value.code, caught.value.line) == ("import_not_text", 2)


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] " + "[" * 100_000, "*" * 200_000, "`a" * 100_000, "- " * 20_000 + "x",
        "- [ ] x {#a " + "b=c " * 50_000, "- [ ] x " + "{#a " * 50_000 + "}", "# " * 50_000,
        "- [ ] " + "&#x41;" * 50_000, "---\n" + "a: b\n" * 50_000, "<!--" * 50_000,
    ],
)  # fmt: skip
def test_hostile_text_costs_no_more_than_its_length(text):
    try:
        result = imported(text)
    except SpecError:
        return
    assert imported(text, result.plan).plan == result.plan


@given(st.text())
def test_text_on_one_line_comes_back(text):
    line = encode(text)
    assert "\n" not in line
    assert decode(line) == text


@given(
    st.text(min_size=1),
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "id"),
        st.one_of(st.text(), st.integers(), st.lists(st.text(), min_size=1)),
        max_size=3,
    ),
)
def test_the_token_behind_a_title_comes_back(identifier, values):
    text, found, pairs = split_attributes(f"Title {attributes(identifier, values)}")
    assert (text, found, set(pairs)) == ("Title", identifier, set(values))


@given(st.text(alphabet="#-*[] x\n\t>1.`{}=ab~_<&\\|:", max_size=120))
def test_any_markdown_is_an_outline_or_a_spec_error(text):
    try:
        result = imported(text)
    except SpecError:
        return
    identifiers = [entity["id"] for _, entity, _ in entities(result.plan)]
    assert len(identifiers) == len(set(identifiers))
    assert imported(text, result.plan).plan == result.plan
