"""Tables: separators, encodings, other tools' columns, formulas, broken files, size."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec import formats
from buildrunner.spec.document import index, microsteps
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.csv_cells import quoted, unguarded
from kits.growth import growth


def imported(text, existing=None, *, name="backlog.csv", **options):
    data = text if isinstance(text, bytes) else text.encode()
    return formats.read(data, name=name, existing=existing, **options)


def titles(result):
    return [entity.value["title"] for entity in microsteps(result.plan)]


def test_a_trackers_export(data_dir):
    data = (data_dir / "formats" / "csv" / "tracker.csv").read_bytes()
    result = imported(data)
    assert [m["title"] for m in result.plan["milestones"]] == ["Measure", "Predict"]
    assert [s["title"] for s in result.plan["milestones"][0]["steps"]] == ["Gauge", "Station"]
    first, second, third, fourth, fifth = (e.value for e in microsteps(result.plan))
    assert first["criteria"] == ["reads every minute", "survives salt water"]
    assert (first["status"], first["owner"], first["priority"]) == ("done", "ines", "P1")
    assert first["effort_points"] == 3
    assert first["extra"] == {"Labels": "hardware"}
    assert second["depends_on"] == ["m1.s1.ms1"]
    assert third["title"] == "Keep readings; ten years"
    assert third["extra"] == {"effort_points": "2,5"}
    assert fourth["title"] == "=SUM(A1) is data"
    assert (fourth["status"], fourth["source"]["status"]) == ("blocked", "won-t-do")
    assert fifth["depends_on"] == ["m1.s1.ms2", "m1.s2.ms1"]
    notes = {note.code: note for note in result.notes}
    assert "Awaiting wind" in notes["status_unknown"].message
    assert "TIDE-9" in notes["dependency_dropped"].message
    assert notes["dependency_dropped"].line == 6
    again = imported(data, result.plan)
    assert again.plan == result.plan
    assert again.counts["unchanged"] == len(index(result.plan))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "cp1252"]
)
def test_separators_and_encodings(separator, encoding):
    rows = [["Title", "State", "Milestone"], ["Größe messen", "offen", "Häfen"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    boms = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    data = boms.get(encoding, b"") + text.encode(encoding.removesuffix("-bom"))
    result = imported(data)
    assert titles(result) == ["Größe messen"]
    assert result.plan["milestones"][0]["title"] == "Häfen"
    assert ("encoding_guessed" in [n.code for n in result.notes]) == (encoding == "cp1252")


def test_a_separator_named_in_the_first_line():
    result = imported('sep=;\ntitle;owner\n"a;b";x,y\n')
    assert titles(result) == ["a;b"]
    assert next(microsteps(result.plan)).value["owner"] == "x,y"


def test_heading_rows_group_what_follows():
    text = "Milestone,Step,Title\nOne,,\n,A,\n,,first\n,B,second\nTwo,C,third\n"
    plan = imported(text).plan
    assert [
        (m["title"], [(s["title"], [x["title"] for x in s["microsteps"]]) for s in m["steps"]])
        for m in plan["milestones"]
    ] == [("One", [("A", ["first"]), ("B", ["second"])]), ("Two", [("C", ["third"])])]


def test_a_column_of_ticks_is_a_status():
    result = imported("task,done\na,x\nb,\nc,yes\nd,no\n")
    assert [e.value["status"] for e in microsteps(result.plan)] == ["done", "todo", "done", "todo"]


def test_rows_without_ids_are_known_by_title_and_survive_renaming():
    first = imported("title,status\nwrite the parser,todo\nwrite the tests,todo\n").plan
    index(first)["m1.s1.ms1"].value["owner"] = "ann"
    result = imported("title,status\nwrite the new parser,done\nwrite the tests,todo\n", first)
    assert titles(result) == ["write the new parser", "write the tests"]
    entity = index(result.plan)["m1.s1.ms1"].value
    assert (entity["owner"], entity["status"]) == ("ann", "done")


def test_equal_ids_are_told():
    result = imported("id,title\nA-1,one\nA-1,two\n")
    assert titles(result) == ["one", "two"]
    assert "duplicate_id" in [note.code for note in result.notes]
    assert imported("id,title\nA-1,one\nA-1,two\n", result.plan).plan == result.plan


def test_what_has_no_place_is_told():
    result = imported("title,owner\n,ann\na,b,c,d\nb,c,,\n")
    assert {note.code: note.line for note in result.notes if note.dropped} == {
        "no_title": 2,
        "cells_without_column": None,
    }
    assert result.counts["dropped"] == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_starts_a_formula(start):
    plan = imported("title\nx\n").plan
    entity = index(plan)["m1.s1.ms1"].value
    entity["title"] = f"{start}HYPERLINK(1)"
    entity["owner"] = f"'{start}2"
    entity["criteria"] = [f"{start}3", "x"]
    text = formats.write(plan, "csv")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(start)]
    assert imported(text, plan).plan == plan


@given(st.text())
def test_guards_come_off_again(text):
    line = f"{quoted(text)},x\r\n"
    row = next(csv.reader(io.StringIO(line, newline=""), strict=True))
    assert unguarded(row[0]) == text


def test_an_empty_cell_leaves_a_field_as_it_is():
    plan = imported("title,owner\na,ann\n").plan
    text = formats.write(plan, "csv").replace(",ann,", ",,")
    assert imported(text, plan).plan == plan


def test_a_row_added_to_an_export_becomes_a_microstep_once():
    plan = imported("title\na\n").plan
    text = formats.write(plan, "csv") + "m1,,,,m1.s1,,,,new one,todo\n"
    result = imported(text, plan)
    assert titles(result) == ["a", "new one"]
    assert imported(text, result.plan).plan == result.plan


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "import_empty", None),
        (b"\xef\xbb\xbf", "import_empty", None),
        (b"\n\n ,\n", "import_empty", None),
        (b"color,shape\nred,round\n", "import_no_title_column", 1),
        (b'title,owner\na,b\n"c,d\ne,f\n', "import_syntax", 3),
        (b'title\n"a"b\n', "import_syntax", 2),
        (b"title\n" + bytes(range(256)), "import_not_text", 3),
        (b"\xff\xfet\x00i\x00\xd8", "import_not_text", 1),
        ("title\nx\n".encode("utf-16-le"), "import_not_text", 1),
        (b"title,owner\n", "import_nothing", None),
    ],
)
def test_what_is_no_table_is_named_with_its_line(data, code, line):
    with pytest.raises(SpecError) as caught:
        imported(data)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert caught.value.hint


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_spec_error(data):
    try:
        result = imported(b"title,status\n" + data)
    except SpecError:
        return
    assert imported(b"title,status\n" + data, result.plan).plan == result.plan


def test_ten_thousand_rows():
    rows = [f"K-{n},Task {n},todo,M{n // 1000},S{n // 50},a;b,K-{n - 1}" for n in range(1, 10_001)]

    def take(count):
        data = "\n".join(["key,title,status,milestone,step,criteria,depends on", *rows[:count]])
        assert imported(data).counts["microsteps"] == count

    assert growth(take, 10_000) < 4
