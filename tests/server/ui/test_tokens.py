"""The tokens compile to what is served, and their colours can be read."""

import re

import pytest

from buildrunner.server.platform.ui import tokens

STATIC = tokens.TARGET.parent
THEMES = ("light", "dark")
SURFACES = ("canvas", "rail", "raised", "sunken", "hover", "press", "accent-soft", "tint")
WORDS = ("text", "text-muted", "accent-text")
# Words of a meaning stand on its own ground and on plain ones.
MEANINGS = ("positive", "caution", "negative", "notice")
SIGNS = ("todo", "doing", "blocked", "done", "line-control", "accent")
# Set by scripts or by the element itself, not by a token.
LOCAL = {"--header-height", "--id-column"}


@pytest.fixture(scope="module")
def document() -> tokens.Group:
    return tokens.load()


def test_the_served_sheet_is_what_the_tokens_compile_to(document: tokens.Group) -> None:
    assert tokens.TARGET.read_text("utf-8") == tokens.compile_css(document), (
        "run `python -m buildrunner.server.platform.ui.tokens`"
    )


def test_every_hex_is_its_oklch_colour(document: tokens.Group) -> None:
    for path, token in tokens.leaves(document["ramp"]):
        value = token["$value"]
        assert value["hex"] == tokens.oklch_hex(*value["components"]), path


@pytest.mark.parametrize("name", THEMES)
def test_words_keep_four_and_a_half_to_one(document: tokens.Group, name: str) -> None:
    colours = tokens.theme(document, name)
    pairs = [(word, ground) for word in WORDS for ground in SURFACES]
    pairs += [(f"{m}-text", g) for m in MEANINGS for g in (f"{m}-soft", "canvas", "raised")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-accent", "negative")]
    pairs += [
        ("on-accent", "negative-hover"),
        ("text-inverse", "inverse"),
        ("text", "caution-soft"),
    ]
    pairs += [("text-muted", f"{m}-soft") for m in MEANINGS] + [("negative-text", "hover")]
    poor = {p: r for p in pairs if (r := tokens.contrast(colours[p[0]], colours[p[1]])) < 4.5}
    assert poor == {}


@pytest.mark.parametrize("name", THEMES)
def test_signs_and_edges_keep_three_to_one(document: tokens.Group, name: str) -> None:
    colours = tokens.theme(document, name)
    pairs = [(sign, ground) for sign in SIGNS for ground in SURFACES]
    poor = {p: r for p in pairs if (r := tokens.contrast(colours[p[0]], colours[p[1]])) < 3}
    assert poor == {}


def test_style_sheets_use_only_tokens(document: tokens.Group) -> None:
    known = set(tokens.properties(document)) | LOCAL
    for sheet in sorted(STATIC.glob("*.css")):
        text = sheet.read_text("utf-8")
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= known, sheet.name
        if sheet != tokens.TARGET:
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsl", text), sheet.name
            assert not re.search(r"font-size:\s*\d+px", text), sheet.name


def test_a_theme_without_a_colour_of_the_other_is_refused(document: tokens.Group) -> None:
    lame = {**document, "dark": {k: v for k, v in document["dark"].items() if k != "tint"}}
    with pytest.raises(tokens.TokenProblem, match="tint"):
        tokens.properties(lame)


def test_aliases_that_lead_nowhere_or_round_are_refused() -> None:
    round_ = {"a": {"$type": "color", "$value": "{b}"}, "b": {"$type": "color", "$value": "{a}"}}
    with pytest.raises(tokens.TokenProblem, match="a → b → a"):
        tokens.resolve(round_, "a")
    with pytest.raises(tokens.TokenProblem, match="names no token"):
        tokens.resolve({"a": {"$value": "{gone.away}"}}, "a")


def test_contrast_is_that_of_the_standard() -> None:
    assert tokens.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert tokens.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_values_of_every_type_become_css() -> None:
    assert tokens.css_value({"$type": "dimension", "$value": {"value": 0, "unit": "px"}}) == "0"
    assert tokens.css_value({"$type": "cubicBezier", "$value": [0.2, 0, 0, 1]}) == (
        "cubic-bezier(0.2, 0, 0, 1)"
    )
    with pytest.raises(tokens.TokenProblem, match="gradient"):
        tokens.css_value({"$type": "gradient", "$value": []})
