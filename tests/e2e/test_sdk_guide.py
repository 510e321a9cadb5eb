"""The guide to the client does what it says, block after block, against a real server."""

import re
from pathlib import Path

import pytest

from kits.product import Product

pytestmark = pytest.mark.e2e
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "sdk.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


def test_every_block_of_the_guide_runs(
    server: Product, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BR_SERVER", server.url)
    monkeypatch.setenv("BR_API_KEY", server.api_key)
    names: dict[str, object] = {"__name__": "guide"}
    for number, block in enumerate(BLOCKS):
        # The first block shows an address; nothing is called there.
        text = block.replace("br_…", server.api_key)
        exec(compile(text, f"{GUIDE.name} block {number + 1}", "exec"), names)
    assert len(BLOCKS) == 5
    assert "Harbour" in capsys.readouterr().out
