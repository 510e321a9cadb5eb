"""Design tokens (DTCG 2025.10) to CSS custom properties.

`design/tokens.json` is the source. `python -m buildrunner.server.platform.ui.tokens` rewrites
`static/ui/tokens.css`; a test holds the two equal, so that no build step is needed to run.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[5] / "design" / "tokens.json"
TARGET = Path(__file__).parent / "static" / "ui" / "tokens.css"

Group = dict[str, Any]

# CSS names of the shared groups; colours are named by the theme groups instead.
PREFIXES = {
    "space": "space",
    "radius": "radius",
    "type.size": "size",
    "type.weight": "weight",
    "type.family": "font",
    "elevation": "elevation",
    "motion.duration": "duration",
    "motion.ease": "ease",
}


class TokenProblem(ValueError):
    """A token is missing, circular or of a type that CSS cannot say; the message names its path."""


def leaves(group: Group, kind: str = "", path: tuple[str, ...] = ()) -> Iterator[tuple[str, Group]]:
    """Every token below `group` as (dotted path, token), each with the `$type` it inherits."""
    kind = group.get("$type", kind)
    if "$value" in group:
        yield ".".join(path), {**group, "$type": kind}
        return
    for name, child in group.items():
        if not name.startswith("$"):
            yield from leaves(child, kind, (*path, name))


def resolve(tokens: Group, path: str, seen: tuple[str, ...] = ()) -> Group:
    """The token at `path` with its alias followed; raises TokenProblem on a loop or a gap."""
    if path in seen:
        raise TokenProblem(f"{' → '.join((*seen, path))} goes round in a circle")
    found: Any = tokens
    kind = ""
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            raise TokenProblem(f"{{{path}}} names no token")
        found = found[name]
        kind = found.get("$type", kind)
    value = found.get("$value")
    if isinstance(value, str) and value.startswith("{"):
        return resolve(tokens, value[1:-1], (*seen, path))
    return {**found, "$type": kind}


def oklch_hex(lightness: float, chroma: float, hue: float) -> str:
    """An OKLCH colour as `#rrggbb`, clipped to sRGB. Matrices: Björn Ottosson, "Oklab" (2020)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    curved = (
        12.92 * c if c <= 0.0031308 else 1.055 * max(c, 0.0) ** (1 / 2.4) - 0.055 for c in linear
    )
    return "#" + "".join(f"{min(255, max(0, round(c * 255))):02x}" for c in curved)


def contrast(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio of two `#rrggbb` colours, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _number(value: float) -> str:
    return f"{value:g}"


def _length(value: Group) -> str:
    return "0" if not value["value"] else _number(value["value"]) + str(value["unit"])


def _colour(value: Group) -> str:
    alpha = value.get("alpha", 1)
    if alpha == 1:
        return str(value["hex"])
    red, green, blue = (int(value["hex"][i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red} {green} {blue} / {_number(alpha)})"


def _shadow(value: Group) -> str:
    lengths = " ".join(_length(value[name]) for name in ("offsetX", "offsetY", "blur", "spread"))
    return f"{lengths} {_colour(value['color'])}"


def css_value(token: Group) -> str:
    """One resolved token as a CSS value."""
    kind, value = token["$type"], token["$value"]
    if kind == "color":
        return _colour(value)
    if kind in {"dimension", "duration"}:
        return _length(value)
    if kind == "fontWeight":
        return str(value)
    if kind == "fontFamily":
        generic = {"sans-serif", "monospace", "ui-monospace", "system-ui", "-apple-system"}
        names = (n if n in generic or " " not in n else f'"{n}"' for n in value)
        return ", ".join(names)
    if kind == "cubicBezier":
        return f"cubic-bezier({', '.join(_number(n) for n in value)})"
    if kind == "shadow":
        layers = value if isinstance(value, list) else [value]
        return ", ".join(_shadow(layer) for layer in layers)
    raise TokenProblem(f"the type {kind!r} has no CSS form")


def theme(tokens: Group, name: str) -> dict[str, str]:
    """The colours of `light` or `dark`: name → `#rrggbb`."""
    return {path: css_value(resolve(tokens, f"{name}.{path}")) for path, _ in leaves(tokens[name])}


def properties(tokens: Group) -> dict[str, str]:
    """Every custom property the style sheets may use: `--name` → CSS value."""
    light, dark = theme(tokens, "light"), theme(tokens, "dark")
    if light.keys() != dark.keys():
        raise TokenProblem(f"only one theme has {', '.join(sorted(light.keys() ^ dark.keys()))}")
    found = {f"--{name}": f"light-dark({value}, {dark[name]})" for name, value in light.items()}
    for group, prefix in PREFIXES.items():
        node = tokens
        for name in group.split("."):
            node = node[name]
        for path, _ in leaves(node):
            found[f"--{prefix}-{path}"] = css_value(resolve(tokens, f"{group}.{path}"))
    return found


def compile_css(tokens: Group) -> str:
    """The style sheet: one `:root` block; `color-scheme` decides between the two themes."""
    lines = [f"  {name}: {value};" for name, value in properties(tokens).items()]
    return (
        "/* Made from design/tokens.json by buildrunner.server.platform.ui.tokens. Edit that. */\n"
        ":root {\n  color-scheme: light dark;\n" + "\n".join(lines) + "\n}\n"
        ':root[data-theme="light"] { color-scheme: light; }\n'
        ':root[data-theme="dark"] { color-scheme: dark; }\n'
    )


def load(source: Path = SOURCE) -> Group:
    """The token document."""
    document: Group = json.loads(source.read_text("utf-8"))
    return document


if __name__ == "__main__":
    TARGET.write_text(compile_css(load()), "utf-8")
