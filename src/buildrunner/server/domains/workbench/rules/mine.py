"""Names of branches, cards of links, and why something was left out."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

_APART = re.compile(r"[^a-z0-9]+")
_LONGEST = 48
_PULL = re.compile(r"/(?:pull|pulls|merge_requests|pull-requests)/(\d+)")
_ISSUE = re.compile(r"/(?:issues|browse|issue)/([\w-]+)")
_BRANCH = re.compile(r"/(?:tree|branch|src/branch)/(.+?)/?$")


def branch_name(microstep_id: str, title: str) -> str:
    """A branch for a microstep: its id whole, so that commits on it are recognised, and words."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = _APART.sub("-", plain).strip("-")[:_LONGEST].strip("-")
    name = re.sub(r"[^\w.-]|\.\.+", "-", microstep_id)
    return f"{name}-{words}" if words else name


def link_cards(value: dict[str, Any]) -> list[dict[str, str]]:
    """`{url, title, kind, host}` of each link that a browser may follow; others have no url."""
    found = value.get("links")
    cards = []
    for one in found if isinstance(found, list) else ():
        url = one.get("url") if isinstance(one, dict) else one
        title = one.get("title") if isinstance(one, dict) else None
        if isinstance(url, str) and url.strip():
            cards.append(_card(url.strip(), title if isinstance(title, str) else ""))
    return cards


def _card(url: str, title: str) -> dict[str, str]:
    safe = url.lower().startswith(("https://", "http://"))
    try:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    except ValueError:
        host, path, safe = "", "", False
    kind, words = "link", path.rstrip("/").rpartition("/")[2] or host or url
    for name, pattern, form in (
        ("pull request", _PULL, "Pull request {}"),
        ("issue", _ISSUE, "Issue {}"),
        ("branch", _BRANCH, "{}"),
    ):
        match = pattern.search(path)
        if match:
            kind, words = name, form.format(match[1])
            break
    return {"url": url if safe else "", "title": title or words, "kind": kind, "host": host or url}


#: Why a section may be short: in this order the room is given away.
WHY = {
    "goal": "always first: without it nothing can be judged",
    "criteria": "always first: they say when it is done",
    "proof": "the checks that prove the criteria",
    "depends_on": "what it builds on, what is open first",
    "notes": "what the plan says about it",
    "evidence": "where each criterion stands now",
    "files": "files that checks judge or that the text names",
    "history": "who changed it lately",
    "rules": "how work on it is finished",
    "waiting": "who waits for it: of use, not needed",
    "neighbours": "what stands beside it: the first to be left out",
}
