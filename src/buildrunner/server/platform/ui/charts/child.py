"""What needs V8, which takes 150 MB that a web process has no use for: a process of its own.

One JSON object on standard input, the result on standard output.
"""

from __future__ import annotations

import json
import sys
from typing import Any

Made = bytes | str


def main() -> int:
    """`{"make": "library"}`, or `{"make": "svg"|"png"|"pdf", "specs": […], "scale"}`."""
    import vl_convert

    asked: dict[str, Any] = json.load(sys.stdin)
    if asked["make"] == "library":
        sys.stdout.write(vl_convert.javascript_bundle())  # type: ignore[call-arg]  # stub: it has a default
        return 0
    convert = getattr(vl_convert, f"vegalite_to_{asked['make']}")
    more: dict[str, Any] = {"scale": asked["scale"]} if asked["make"] == "png" else {}
    for spec in asked["specs"]:
        # No data may come from an address: what is drawn is in the specification.
        made: Made = convert(spec, allowed_base_urls=[], **more)
        body = made.encode() if isinstance(made, str) else made
        sys.stdout.buffer.write(len(body).to_bytes(8, "big") + body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
