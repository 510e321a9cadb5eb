"""JUnit files in the dialects of the tools that write them, whole and broken."""

import pytest

from buildrunner.evidence.reading import junit
from buildrunner.evidence.reading.errors import MOST_BYTES, ReportError

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1"
 tests="4" time="0.041" timestamp="2026-01-02T03:04:05" hostname="h">
<testcase classname="tests.test_cart" name="test_adds" time="0.001" />
<testcase classname="tests.test_cart" name="test_total[2-3]" time="0.001"><failure
 message="assert 5 == 6">def test_total():
&gt;       assert 2 + 3 == 6</failure></testcase>
<testcase classname="tests.test_cart" name="test_later" time="0.000"><skipped type="pytest.skip"
 message="not yet">tests/test_cart.py:9: not yet</skipped></testcase>
<testcase classname="tests.test_cart" name="test_setup" time="0.000"><error
 message="failed on setup with &quot;fixture 'db' not found&quot;">file</error></testcase>
</testsuite></testsuites>
"""
JEST = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.2">
  <testsuite name="Cart" errors="0" failures="1" skipped="0" time="0.5" tests="2">
    <testcase classname="Cart adds" name="Cart adds" time="0.002"/>
    <testcase classname="Cart totals" name="Cart totals" time="0.003">
      <failure>Error: expect(received).toBe(expected)
    at Object.toBe (cart.test.js:7:9)</failure>
    </testcase>
  </testsuite>
</testsuites>
"""
SUREFIRE = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd"
  name="org.example.CartTest" time="0.1" tests="3" errors="0" skipped="1" failures="0">
  <properties><property name="java.version" value="21"/></properties>
  <testcase name="adds" classname="org.example.CartTest" time="0.01"/>
  <testcase name="flaky" classname="org.example.CartTest" time="0.01">
    <flakyFailure message="once" type="x">stack</flakyFailure></testcase>
  <testcase name="later" classname="org.example.CartTest" time="0"><skipped/></testcase>
</testsuite>
"""
NESTED = b"""<testsuites><testsuite name="outer" tests="2"><testsuite name="inner" tests="2">
<testcase name="a"/><testcase name="b" status="notrun"/></testsuite></testsuite></testsuites>"""


def outcomes(report: junit.JUnitReport) -> dict[str, str]:
    return {case.name: case.outcome for case in report.cases}


def test_pytest() -> None:
    report = junit.read(PYTEST, "junit.xml")
    assert outcomes(report) == {
        "test_adds": "passed", "test_total[2-3]": "failed",
        "test_later": "skipped", "test_setup": "error",
    }  # fmt: skip
    assert report.cases[1].message == "assert 5 == 6"
    assert report.cases[1].full_name == "tests.test_cart.test_total[2-3]"
    assert report.cases[1].line == 5


def test_jest_says_the_message_in_the_text() -> None:
    report = junit.read(JEST, "junit.xml")
    assert outcomes(report) == {"Cart adds": "passed", "Cart totals": "failed"}
    assert report.cases[1].message.startswith("Error: expect(received)")
    assert report.cases[1].suite == ("jest tests", "Cart")


def test_surefire_a_flaky_test_that_passed_at_last_has_passed() -> None:
    assert outcomes(junit.read(SUREFIRE, "TEST-x.xml")) == {
        "adds": "passed", "flaky": "passed", "later": "skipped",
    }  # fmt: skip


def test_nested_suites_and_tests_that_were_not_run() -> None:
    report = junit.read(NESTED, "x.xml")
    assert outcomes(report) == {"a": "passed", "b": "skipped"}
    assert report.cases[0].suite == ("outer", "inner")


def test_failures_that_only_the_suite_counts() -> None:
    report = junit.read(b'<testsuite tests="1" failures="2"><testcase name="a"/></testsuite>', "x")
    assert report.uncounted == 2


def test_utf16_and_namespaces() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><j:testsuite xmlns:j="u"><j:testcase name="ä"/></j:testsuite>'
    assert junit.read(text.encode("utf-16"), "x").cases[0].name == "ä"


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "report_empty", "x.xml:1:1"),
        (b" \n\n", "report_empty", "x.xml:1:1"),
        (PYTEST[:500], "report_aborted", "x.xml:8:"),
        (JEST[: JEST.index(b"</testsuite>")], "report_aborted", "x.xml:9:"),
        (b"<testsuites>\n <a></b>\n</testsuites>", "report_malformed", "x.xml:2:7"),
        (b"<testsuite/>\n<testsuite/>", "report_malformed", "x.xml:2:1"),
        (b"<html><body/></html>", "report_wrong_kind", "x.xml:1:1"),
        (b"no xml at all", "report_wrong_kind", "x.xml:1:1"),
        (b"<testsuites/>", "report_no_tests", "x.xml:1"),
        (b'<testsuite tests="0"></testsuite>', "report_no_tests", "x.xml:1"),
        (b'<testsuite tests="9"><testcase name="a"/></testsuite>', "report_aborted", "x.xml:1"),
        (b"<testsuite>" + b"<a>" * 200, "report_hostile", "x.xml:1:"),
        (b"\xff\xff<testsuite/>", "report_malformed", "x.xml:1"),
        (b"<testsuite>\0</testsuite>", "report_malformed", "x.xml:1"),
        (b"<a>" + b" " * MOST_BYTES, "report_too_large", "x.xml: "),
    ],
)
def test_what_proves_nothing_says_where(data: bytes, code: str, place: str) -> None:
    with pytest.raises(ReportError) as caught:
        junit.read(data, "x.xml")
    assert caught.value.code == code, str(caught.value)
    assert str(caught.value).startswith(place), str(caught.value)


LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
 <!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">
]>
<testsuite><testcase name="&lol3;"/></testsuite>"""
OUTSIDE = b"""<?xml version="1.0"?>
<!DOCTYPE t [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<testsuite><testcase name="a"><failure>&secret;</failure></testcase></testsuite>"""
PARAMETER = b"""<?xml version="1.0"?>
<!DOCTYPE t [<!ENTITY % all SYSTEM "http://127.0.0.1:9/x.dtd"> %all;]>
<testsuite><testcase name="a"/></testsuite>"""


@pytest.mark.parametrize(
    ("data", "line"), [(LAUGHS, 3), (OUTSIDE, 2), (PARAMETER, 2)], ids=["laughs", "file", "dtd"]
)
def test_hostile_xml_is_refused(data: bytes, line: int) -> None:
    with pytest.raises(ReportError) as caught:
        junit.read(data, "x.xml")
    assert (caught.value.code, caught.value.line) == ("report_hostile", line)
