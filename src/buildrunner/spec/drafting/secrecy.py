"""Keys and passwords that somebody pasted into a text never reach a draft."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.drafting.proposal import Origin, Proposal
from buildrunner.spec.masking import mask
from buildrunner.spec.secrets import find


def hidden(text: str) -> tuple[str, list[int]]:
    """(the text with secrets masked, the lines they stood on)."""
    data = text.encode("utf-8", "replace")
    lines, at, line = [], 0, 1
    for offset, _ in sorted(find(data)):
        line += data.count(b"\n", at, offset)
        at = offset
        lines.append(line)
    return mask(text, {}), lines


def note(proposal: Proposal, lines: list[int], name: str) -> None:
    """Say which lines held a secret."""
    for line in lines:
        proposal.leave(
            "a secret", Origin(name, line), "it looks like a key: revoke it, it was pasted"
        )


def covered(item: dict[str, Any]) -> dict[str, Any]:
    """The item without anything that still looks like a secret."""
    fields = item["fields"]
    item["title"] = _covered(item["title"])
    if isinstance(fields.get("criteria"), list):
        texts = [_covered(text) if isinstance(text, str) else text for text in fields["criteria"]]
        item["fields"] = {**fields, "criteria": list(dict.fromkeys(texts))}
    text = item["source"].get("text")
    if text:
        item["source"] = {**item["source"], "text": _covered(text)}
    return item


def _covered(text: str) -> str:
    if next(find(text.encode("utf-8", "replace")), None) is None:
        return text
    masked = mask(text, {})
    if next(find(masked.encode("utf-8", "replace")), None) is None:
        return masked
    return "Text that looked like a secret"


def without_secrets(text: str) -> str:
    """The text with everything masked that looks like a key, token or password."""
    return mask(text, {})
