"""The script that draws: Vega, Vega-Lite and Vega-Embed as `vl-convert-python` carries them.

Made once a process when the first page with a chart asks for it (about 2 s, 0.9 MB).
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from buildrunner.server.platform.ui.charts.drawing import run

# The bundle puts its parts on `window`; pages import a module.
_EXPORT = b"\nexport default window.vegaEmbed;\n"


@cache
def name() -> str:
    """Its path below `/static/`; another version has another."""
    return f"charts/vega-{version('vl-convert-python')}.js"


@cache
def script() -> bytes:
    """The module."""
    return run({"make": "library"}) + _EXPORT
