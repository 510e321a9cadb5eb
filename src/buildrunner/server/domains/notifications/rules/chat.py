"""How a message looks in a chat: Slack's blocks, Discord's embeds, Teams' cards, plain JSON.

The vendors' shapes come from libraries that know them (ADR 0032); nothing is sent from here. What
people wrote is data: no mention, link or formatting of theirs takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from buildrunner.server.domains.notifications.rules.catalogue import Priority

SLACK, DISCORD, TEAMS, GENERIC = "slack", "discord", "teams", "generic"
SERVICES: Final = (SLACK, DISCORD, TEAMS, GENERIC)
SERVICE_WORDS: Final = {
    SLACK: "Slack",
    DISCORD: "Discord",
    TEAMS: "Microsoft Teams",
    GENERIC: "Webhook (JSON)",
}
# The limits of Slack's section (3,000) and header (150), Discord's title (256) and description.
_TITLE: Final = 150
_TEXT: Final = 2000
_COLOURS: Final[dict[Priority, str]] = {
    "low": "8a8f98",
    "normal": "2f6feb",
    "high": "c77700",
    "urgent": "c7272a",
}
_MARKS: Final = re.compile(r"([\\`*_~|>#\[\]()])")


class Message(NamedTuple):
    """What is said: `id` is the same however often it is sent; `url` leads to it; `where` is the
    project's title, `time` RFC 3339."""

    id: str
    kind: str
    priority: Priority
    title: str
    text: str
    url: str
    where: str
    actor: str
    time: str


def payload(service: str, message: Message) -> dict[str, Any]:
    """The JSON that a service takes."""
    return _SPEAKERS[service](message)


def slack(message: Message) -> dict[str, Any]:
    """Block Kit for an incoming webhook."""
    from slack_sdk.models.attachments import BlockAttachment
    from slack_sdk.models.blocks import (
        ActionsBlock,
        Block,
        ButtonElement,
        ContextBlock,
        HeaderBlock,
        MarkdownTextObject,
        PlainTextObject,
        SectionBlock,
    )

    blocks: list[Block] = [
        HeaderBlock(text=PlainTextObject(text=_short(message.title, _TITLE), emoji=False))
    ]
    if message.text:
        blocks.append(
            SectionBlock(text=PlainTextObject(text=_short(message.text, _TEXT), emoji=False))
        )
    facts = " · ".join(_slack(one) for one in _facts(message))
    blocks.append(ContextBlock(elements=[MarkdownTextObject(text=facts, verbatim=True)]))
    button = ButtonElement(
        text=PlainTextObject(text="Open in BuildRunner"), url=message.url, action_id="open"
    )
    blocks.append(ActionsBlock(elements=[button]))
    attachment = BlockAttachment(blocks=blocks, color=f"#{_COLOURS[message.priority]}")
    # The text is what a phone shows and a screen reader reads.
    return {"text": _slack(_short(message.title, _TITLE)), "attachments": [attachment.to_dict()]}


def discord(message: Message) -> dict[str, Any]:
    """An embed for a webhook of a channel."""
    from discord_webhook import DiscordEmbed, DiscordWebhook

    embed = DiscordEmbed(
        title=_plain(_short(message.title, _TITLE)),
        description=_plain(_short(message.text, _TEXT)) or None,
        url=message.url,
        color=_COLOURS[message.priority],
        timestamp=message.time,
    )
    embed.set_footer(text=" · ".join(_facts(message)))
    webhook = DiscordWebhook(
        url="", username="BuildRunner", allowed_mentions={"parse": []}, embeds=[vars(embed)]
    )
    filled: dict[str, Any] = _filled(webhook.json, keep=("parse",))
    return filled


def teams(message: Message) -> dict[str, Any]:
    """An Adaptive Card for a Teams workflow ("when a webhook request is received")."""
    from adaptive_cards import card as cards
    from adaptive_cards.types import FontSize, FontWeight

    items: list[Any] = [
        cards.TextBlock(
            text=_plain(_short(message.title, _TITLE)),
            weight=FontWeight.BOLDER,
            size=FontSize.MEDIUM,
            wrap=True,
        )
    ]
    if message.text:
        items.append(cards.TextBlock(text=_plain(_short(message.text, _TEXT)), wrap=True))
    facts = [cards.Fact(title=name, value=_plain(value)) for name, value in _named(message)]
    items.append(cards.FactSet(facts=facts))
    built = (
        cards.AdaptiveCard.new()
        .version("1.4")
        .add_items(items)
        .add_actions([cards.ActionOpenUrl(title="Open in BuildRunner", url=message.url)])
        .create()
    )
    content = built.model_dump(exclude_none=True, by_alias=True, mode="json")
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
        ],
    }


def generic(message: Message) -> dict[str, Any]:
    """What was said, as it is, for a program of one's own."""
    return message._asdict()


_SPEAKERS: Final[Mapping[str, Callable[[Message], dict[str, Any]]]] = {
    SLACK: slack,
    DISCORD: discord,
    TEAMS: teams,
    GENERIC: generic,
}


def masked(url: str) -> str:
    """An address of which the part that opens it is not told: its host and the last letters."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme}://{host}/…{url[-4:]}" if len(url) > 40 else f"{scheme}://{host}/…"


def _named(message: Message) -> list[tuple[str, str]]:
    named = [("Project", message.where), ("By", message.actor), ("Priority", message.priority)]
    return [(name, value) for name, value in named if value]


def _facts(message: Message) -> list[str]:
    pressing = message.priority if message.priority in ("high", "urgent") else ""
    return [one for one in (pressing.capitalize(), message.where, message.actor) if one] or [
        "BuildRunner"
    ]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _slack(text: str) -> str:
    """Slack's three characters: without them there is no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    """Markdown that shows as it was written."""
    return _MARKS.sub(r"\\\1", text)


def _filled(value: Any, *, keep: tuple[str, ...]) -> Any:
    """Without what is empty."""
    if isinstance(value, dict):
        filled = {name: _filled(one, keep=keep) for name, one in value.items()}
        return {name: one for name, one in filled.items() if name in keep or one not in (None, [])}
    if isinstance(value, list):
        return [_filled(one, keep=keep) for one in value]
    return value
