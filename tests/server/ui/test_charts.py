"""Charts as files, and the script that draws them on pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from buildrunner.server.platform.http.static import StaticFiles
from buildrunner.server.platform.ui.charts import library, spec
from buildrunner.server.platform.ui.charts.drawing import ChartFailed, draw, draw_all
from buildrunner.server.platform.ui.colours import colours

ROWS = [
    {"time": "2026-01-01T00:00:00Z", "cost": 1.5, "model": "<b>one</b>"},
    {"time": "2026-01-02T00:00:00Z", "cost": 2.5, "model": "token:accent"},
]


def test_one_specification_gives_every_file() -> None:
    chart = spec.columns(ROWS, x="time", y="cost", title="USD", series="model", temporal=True)
    svg = draw(chart, "svg").decode()
    assert svg.startswith("<svg")
    assert "&lt;b&gt;one" in svg
    assert "<b>" not in svg
    assert "token:accent" in svg, "data that looks like a token stays data"
    light, dark = colours()["canvas"]
    assert light in svg
    assert dark in draw(chart, "svg", dark=True).decode()
    assert draw(chart, "png").startswith(b"\x89PNG")
    assert draw(chart, "pdf").startswith(b"%PDF")


def test_several_are_drawn_by_one_process() -> None:
    made = draw_all(
        [spec.lines(ROWS, y="cost", title="USD"), spec.bars(ROWS, y="model", x="cost", title="USD")]
    )
    assert [one[:4] for one in made] == [b"<svg", b"<svg"]


@pytest.mark.parametrize("shape", [spec.bars, spec.columns])
def test_whole_amounts_have_whole_marks_and_shares_end_at_their_top(shape: Any) -> None:
    rows = [{"of": "Pay", "value": 2}, {"of": "Ship", "value": 1}]
    of, value = ("y", "x") if shape is spec.bars else ("x", "y")
    places = {of: "of", value: "value", "title": "checks"}
    counted = draw(shape(rows, whole=2, **places), "svg").decode()
    assert marks(counted) == {"0", "1", "2"}
    many = draw(shape([*rows, {"of": "Return", "value": 30}], whole=30, **places), "svg").decode()
    assert "5" in marks(many)
    assert len(marks(many)) < 10
    share = draw(shape(rows, top=100.0, **places), "svg").decode()
    assert "100" in marks(share)


def marks(svg: str) -> set[str]:
    return set(re.findall(r"<text[^>]*>([\d.]+)</text>", svg))


def test_nothing_is_fetched() -> None:
    chart = spec.lines([], y="cost", title="USD")
    chart["data"] = {"url": "http://127.0.0.1:9/data.json"}
    with pytest.raises(ChartFailed):
        draw(chart)


def test_tokens_become_colours_and_data_does_not() -> None:
    tones = {name: pair[0] for name, pair in colours().items()}
    made = spec.themed(spec.lines(ROWS, y="cost", title="USD", series="model"), tones, width=500)
    assert made["width"] == 500
    assert made["encoding"]["color"]["scale"]["range"][0] == tones["accent"]
    assert made["data"]["values"][1]["model"] == "token:accent"
    assert made["config"]["axis"]["labelColor"] == tones["text-muted"]


def test_the_script_is_served_once_made_and_for_ever() -> None:
    made: list[int] = []

    def script() -> bytes:
        made.append(1)
        return b"export default 1;" * 100

    files = StaticFiles([], made={"charts/x-1.js": script})
    app = TestClient(Starlette(routes=[Route("/static/{path:path}", files.respond)]))
    answer = app.get("/static/charts/x-1.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert app.get("/static/charts/y.js").status_code == 404
    assert made


def test_the_script_is_a_module() -> None:
    assert library.name().startswith("charts/vega-")
    assert library.script().rstrip().endswith(b"export default window.vegaEmbed;")
    assert len(library.script()) > 500_000
