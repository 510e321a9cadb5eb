"""Local peers that speak as Slack, Discord and Microsoft Teams do at their webhook addresses.

They are stand-ins, not the services: what they check is what the services document of the JSON that
they take, and they answer as the services do. `python -m buildrunner` never reaches the real ones in
tests.
"""

from __future__ import annotations

import json
from typing import Any

from kits.receiver import Answer, Received


def slack(request: Received) -> Answer:
    """An incoming webhook: `ok`, or 400 with `invalid_blocks` and its like."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return Answer(400, b"invalid_payload")
    if not body.get("text"):
        return Answer(400, b"no_text")
    for attachment in body.get("attachments", []):
        for block in attachment.get("blocks", []):
            if not _is_block(block):
                return Answer(400, b"invalid_blocks")
    return Answer(200, b"ok")


def discord(request: Received) -> Answer:
    """A webhook of a channel: 204, 400 with `code` 50006 for an empty message; 429 in seconds."""
    body = json.loads(request.body)
    embeds = body.get("embeds") or []
    if not embeds and not body.get("content"):
        return Answer(400, b'{"message": "Cannot send an empty message", "code": 50006}')
    for embed in embeds:
        too_long = len(embed.get("title", "")) > 256 or len(embed.get("description", "")) > 4096
        if too_long or not isinstance(embed.get("color", 0), int):
            return Answer(400, b'{"embeds": ["0"], "code": 50035}')
    if body.get("allowed_mentions") != {"parse": []}:
        return Answer(400, b'{"message": "this peer wants mentions off"}')
    return Answer(204, b"")


def teams(request: Received) -> Answer:
    """A workflow's "when a Teams webhook request is received": 202, 400 for no card."""
    body = json.loads(request.body)
    cards = body.get("attachments") or []
    kinds = [card.get("contentType") for card in cards]
    if body.get("type") != "message" or kinds != ["application/vnd.microsoft.card.adaptive"]:
        return Answer(400, b'{"error": {"code": "TriggerInputSchemaMismatch"}}')
    content = cards[0]["content"]
    if content.get("type") != "AdaptiveCard" or not content.get("body"):
        return Answer(400, b'{"error": {"code": "InvalidBotAdaptiveCard"}}')
    return Answer(202, b"")


def _is_block(block: dict[str, Any]) -> bool:
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": text}}:
            return 0 < len(text) <= 150
        case {"type": "section", "text": {"type": "plain_text" | "mrkdwn", "text": text}}:
            return 0 < len(text) <= 3000
        case {"type": "context", "elements": list(elements)}:
            return 0 < len(elements) <= 10
        case {"type": "actions", "elements": list(elements)}:
            return all(
                one["type"] == "button" and one["url"].startswith("http") for one in elements
            )
    return False
