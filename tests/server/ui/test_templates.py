"""Templates and scripts keep to the content security policy and escape what people wrote."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, engines
from django.template.loader import get_template

import buildrunner.server
from buildrunner.server.platform.ui.templatetags import ui

ROOT = Path(buildrunner.server.__file__).parent
TEMPLATES = sorted(ROOT.glob("**/templates/**/*.html"))
SCRIPTS = sorted((ROOT / "platform/ui/static").glob("**/*.js"))
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
COMPONENTS = (
    '<c-button name="{{ x }}">{{ x }}</c-button>',
    '<c-button :href="x">{{ x }}</c-button>',
    '<c-icon-button icon="x" :label="x" />',
    '<c-field :name="x" :label="x" :value="x" :hint="x" :error="x" />',
    '<c-badge :tone="x" title="{{ x }}">{{ x }}</c-badge>',
    '<c-status :value="x" />',
    '<c-avatar :name="x" />',
    '<c-banner :tone="x" :title="x">{{ x }}</c-banner>',
    '<c-command :text="x" :label="x" />',
    '<c-empty :title="x">{{ x }}</c-empty>',
    '<c-dialog :id="x" :title="x">{{ x }}</c-dialog>',
    '<c-command text="{{ x }}" />',
    '<c-dialog id="one" title="Revoke {{ x }}">{{ x }}</c-dialog>',
    '<c-field name="a" label="{{ x }}" data-more="{{ x }}" />',
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_template_needs_a_looser_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style|\son[a-z]+\s*=|hx-on|javascript:|[\"']js:", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert " src=" in tag
    # htmx evaluates conditions in brackets after an event; the policy forbids it.
    assert not re.search(r"hx-trigger=\"[^\"]*\[", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_template_compiles(path: Path) -> None:
    get_template(path.as_posix().rpartition("/templates/")[2])


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_untold_value_passes_through_a_component_unescaped(path: Path) -> None:
    """`:name` hands over an object; django-cotton writes those it was not told of as they are."""
    for component, attributes in re.findall(r"<c-([a-z-]+)\b([^>]*)>", path.read_text("utf-8")):
        if component in {"vars", "slot"}:
            continue
        file = ROOT / f"platform/ui/templates/components/{component.replace('-', '_')}.html"
        told = re.search(r"<c-vars\b([^>]*)/>", file.read_text("utf-8"))
        names = set(re.findall(r"[\w-]+", re.sub(r'="[^"]*"', "", told[1]))) if told else set()
        assert set(re.findall(r"\s:([\w-]+)=", attributes)) <= names, component


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_no_script_builds_code_or_markup_from_words(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\beval\(|new Function|document\.write|insertAdjacentHTML", text)
    assert not re.search(r"innerHTML\s*=\s*[`\"']", text)
    assert not re.search(r"setAttribute\(\s*[\"']style", text)
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("source", COMPONENTS)
def test_components_escape_what_they_are_given(source: str) -> None:
    engine = engines["django"]
    compiled = engine.engine.template_loaders[0].loaders[0].cotton_compiler.process(source)
    text = engine.from_string(compiled).template.render(Context({"x": HOSTILE}))
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script" in text


def test_initials_of_any_name() -> None:
    assert ui.initials("Maya Lindgren") == "ML"
    assert ui.initials("ada") == "A"
    assert ui.initials("Jean-Luc de la Tour") == "JT"
    assert ui.initials("🚀") == "·"
    assert ui.initials("") == "·"
    assert ui.initials(None) == "·"


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=2), "2 d ago"),
        (timedelta(minutes=-90), "in 1 h"),
        (timedelta(seconds=-20), "in under a minute"),
        (timedelta(days=60), "4 Apr"),
        (timedelta(days=400), "29 Apr 2025"),
    ],
)
def test_times_are_relative_until_they_are_far(away: timedelta, words: str) -> None:
    now = datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert ui.relative(now - away, now) == words


def test_a_time_says_exactly_when_on_hover() -> None:
    text = ui.ago(datetime(2025, 1, 2, 3, 4, tzinfo=UTC))
    assert 'datetime="2025-01-02T03:04:00+00:00"' in text
    assert 'title="2 January 2025, 03:04 UTC"' in text


def test_a_hundred_per_cent_means_all() -> None:
    assert ui.percent({"done": 9999, "total": 10000}) == 99
    assert ui.percent({"done": 2, "total": 2}) == 100
    assert ui.percent({"done": 0, "total": 0}) == 0


def test_the_meter_adds_up_and_needs_no_style_attribute() -> None:
    text = ui.meter({"done": 1, "doing": 1, "blocked": 0, "todo": 2, "total": 4}, "1 of 4 done")
    assert 'class="done" x="0" width="250"' in text
    assert 'class="doing" x="250" width="250"' in text
    assert "blocked" not in text
    assert 'aria-label="1 of 4 done"' in text
    assert "style" not in text


def test_commands_in_words_stand_out() -> None:
    assert ui.ticked("Run `br <sync>` & wait") == "Run <code>br &lt;sync&gt;</code> &amp; wait"
    assert ui.ticked("an odd ` stays") == "an odd ` stays"


def test_numbers_keep_their_thousands_apart() -> None:
    assert ui.figure(10000) == "10,000"
    assert ui.figure("many") == "many"
