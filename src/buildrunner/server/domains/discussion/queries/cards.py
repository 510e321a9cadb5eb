"""Cards of the links in comments, with what is known here of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from urllib.parse import quote, urlsplit

from django.conf import settings

from buildrunner.server.domains.discussion import policies
from buildrunner.server.domains.discussion.rules.cards import Link, links_in
from buildrunner.server.domains.discussion.types import Card
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.ids import resolve

_WORDS = {"pull_request": "Pull request", "issue": "Issue", "test_run": "Test run"}


class Cards:
    """Makes the cards of a project's comments; the plan is read at most once, in its scope."""

    def __init__(self, access: ProjectAccess) -> None:
        self._access = access
        self._home = f"/projects/{access.project_id}"
        own = urlsplit(settings.BR_PUBLIC_URL)
        self._here = {f"/{access.project_id}", f"{own.netloc.lower()}/{access.project_id}"}

    def of(self, text: str) -> list[Card]:
        """The cards of a comment's words."""
        if "/" not in text and ":" not in text:
            return []
        made = (self._card(one) for one in links_in(text))
        return [card for card in made if card is not None]

    def _card(self, link: Link) -> Card | None:
        own: dict[str, Callable[[Link], Card | None]] = {
            "plan": self._item,
            "revision": self._revision,
            "check_run": self._elsewhere,
            "change_request": self._elsewhere,
        }
        if link.kind in own:
            # An address of another project or server says nothing here: nobody learns whether
            # there is anything behind it.
            return own[link.kind](link) if link.where.lower() in self._here else None
        if link.kind == "file":
            return Card("file", link.name, link.where, link.url)
        state = ""
        if link.kind == "test_run":
            known = policies.stands_elsewhere(self._access, "test_run", link.url)
            state = known.state if known else ""
        return Card(link.kind, f"{_WORDS[link.kind]} {link.name}", link.where, link.url, state)

    def _item(self, link: Link) -> Card | None:
        entity = resolve(self._plan, link.name)
        if entity is None or entity.kind == "root":
            return None
        value = entity.value
        title = value.get("title")
        status = value.get("status")
        return Card(
            "plan",
            title[:200] if isinstance(title, str) and title else entity.id,
            entity.id,
            f"{self._home}/plan/items/{quote(entity.id, safe='')}",
            status if isinstance(status, str) else "",
        )

    def _revision(self, link: Link) -> Card | None:
        number = int(link.name)
        if not 0 < number <= plans.read_head(self._access).revision:
            return None
        return Card("plan", f"Revision {number}", "", f"{self._home}/history/{number}")

    def _elsewhere(self, link: Link) -> Card | None:
        known = policies.stands_elsewhere(self._access, link.kind, link.name)
        if known is None:
            return None
        kind = "test_run" if link.kind == "check_run" else "pull_request"
        return Card(kind, known.title, "", known.url, known.state)

    @cached_property
    def _plan(self) -> plans.Plan:
        head = plans.read_head(self._access)
        return plans.read_plan(self._access).plan() if head.revision else {}
