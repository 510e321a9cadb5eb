"""`draft`: from a request to a draft, byte for byte the same for the same request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from buildrunner.spec.drafting import secrecy
from buildrunner.spec.drafting.items import Item, Landing
from buildrunner.spec.drafting.proposal import Proposal
from buildrunner.spec.drafting.reading import MAX_BYTES
from buildrunner.spec.errors import SpecError

KINDS = ("prompt", "prd", "repository", "tracker", "model")


class Request:
    """What a draft is made of.

    `kind` is one of KINDS; `text` the prompt, the PRD, a model's answer or a tracker's file;
    `facts` what a repository shows; `existing` the plan it lands in, None for a new one;
    `answers` of questions by their id; `name` what the text is called; `format` of a tracker.
    """

    __slots__ = ("answers", "existing", "facts", "format", "kind", "name", "text")

    def __init__(
        self,
        kind: str,
        text: str = "",
        *,
        name: str = "",
        facts: Mapping[str, Any] | None = None,
        format: str | None = None,
        existing: dict[str, Any] | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.text = text
        self.name = name or kind
        self.facts = dict(facts or {})
        self.format = format
        self.existing = existing
        self.answers = dict(answers or {})

    def digest(self) -> str:
        """`sha256:` of everything but the plan: equal inputs are recognized by it."""
        parts = [self.kind, self.name, self.text, self.format or "", self.facts]
        data = json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()
        return f"sha256:{sha256(data).hexdigest()}"


class Draft:
    """What is proposed. `items` and the rest are plain JSON; see `as_dict`."""

    __slots__ = (
        "assumptions",
        "digest",
        "items",
        "kind",
        "known",
        "left_out",
        "questions",
        "suggestions",
        "title",
    )

    def __init__(self, kind: str, digest: str, title: str) -> None:
        self.kind = kind
        self.digest = digest
        self.title = title
        self.items: list[dict[str, Any]] = []
        self.known: list[dict[str, str]] = []
        self.assumptions: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.left_out: list[dict[str, Any]] = []
        self.suggestions: list[dict[str, Any]] = []

    def as_dict(self) -> dict[str, Any]:
        """The draft as JSON."""
        return {name: getattr(self, name) for name in (
            "kind", "title", "digest", "items", "known", "assumptions", "questions",
            "left_out", "suggestions",
        )}  # fmt: skip

    def counts(self) -> dict[str, int]:
        """How many milestones, steps and microsteps are proposed, optional ones apart."""
        return counted(self.items)


def counted(items: list[dict[str, Any]]) -> dict[str, int]:
    """Numbers of items by kind, and of optional ones."""
    found = {"milestones": 0, "steps": 0, "microsteps": 0, "optional": 0}
    for item in items:
        found["optional" if item["optional"] else f"{item['kind']}s"] += 1
    return found


def draft(request: Request) -> Draft:
    """The draft of a request. Raises SpecError, with a hint, for what cannot be drafted from."""
    if request.kind not in KINDS:
        raise SpecError(
            "draft_kind", f"{request.kind!r} is no kind of request", hint=", ".join(KINDS)
        )
    if len(request.text) > MAX_BYTES or len(request.text.encode("utf-8", "replace")) > MAX_BYTES:
        raise SpecError(
            "draft_too_large",
            f"the text has more than {MAX_BYTES:,} bytes",
            hint="draft from one part at a time: what is there already is not added twice",
        )
    if request.kind == "tracker":
        from buildrunner.spec.drafting.tracker import from_tracker

        return from_tracker(request)
    return landed(request, _proposal(request))


def _proposal(request: Request) -> Proposal:
    if request.kind == "repository":
        from buildrunner.spec.drafting.repository import from_repository

        return from_repository(request.facts, request.answers)
    if request.kind == "model":
        from buildrunner.spec.drafting.generated import proposed

        return proposed(request.text)
    from buildrunner.spec.drafting.outline import Drafter

    text, hidden = secrecy.hidden(request.text)
    if not text.strip():
        raise SpecError(
            "draft_empty",
            "there is nothing to draft from",
            hint="say what is to be built, in a sentence or a list",
        )
    fresh = not (request.existing or {}).get("milestones")
    proposal = Drafter(text, request.name, request.answers, fresh=fresh).run()
    secrecy.note(proposal, hidden, request.name)
    return proposal


def landed(request: Request, proposal: Proposal) -> Draft:
    """A proposal as a draft against the request's plan."""
    from buildrunner.spec.drafting.suggestions import suggested

    landing = Landing(proposal, request.existing)
    made = Draft(request.kind, request.digest(), proposal.title)
    made.items = [secrecy.covered(item.as_dict()) for item in needed(landing.items)]
    made.known = landing.known
    made.assumptions = [each.as_dict() for each in proposal.assumptions]
    made.questions = [each.as_dict() for each in proposal.questions]
    made.left_out = proposal.left_out
    made.suggestions = suggested(request, proposal.left_out)
    return made


def needed(items: list[Item]) -> list[Item]:
    """The items without milestones and steps that hold nothing."""
    held: set[str] = set()
    kept: list[Item] = []
    for item in reversed(items):
        if item.kind == "microstep" or item.id in held:
            held.add(item.parent)
            kept.append(item)
    kept.reverse()
    return kept
