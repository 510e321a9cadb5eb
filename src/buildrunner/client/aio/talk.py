"""Comments, what becomes of them, and links to issues elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models import (
    Attachment,
    Comment,
    CommentEdit,
    Issue,
    Mentionable,
    Promotion,
)

_COMMENTS = "/api/comments"


class AsyncComments(AsyncResource):
    """`/api/comments`."""

    def list(
        self,
        project_id: str,
        *,
        entity_type: str | None = None,
        entity_id: str | None = None,
        words: str | None = None,
        resolved: bool | None = None,
    ) -> AsyncIterator[Comment]:
        """Oldest first, of a project or a part of it; `words` searches the texts."""
        return self._transport.pages(
            _COMMENTS,
            Comment,
            project_id=project_id,
            entity_type=entity_type,
            entity_id=entity_id,
            q=words,
            resolved=None if resolved is None else str(resolved).lower(),
        )

    async def create(
        self,
        project_id: str,
        body: str,
        *,
        entity_type: str = "project",
        entity_id: str = "",
        parent_id: str | None = None,
        client_id: str | None = None,
    ) -> Comment:
        """Comment on a part of a project, or answer in a thread. With a `client_id` (a UUID of the
        caller's) the same words are never said twice."""
        wish: dict[str, Any] = {
            "project_id": project_id,
            "entity_type": entity_type,
            "entity_id": entity_id,
            "body": body,
        }
        if parent_id is not None:
            wish["parent_id"] = parent_id
        if client_id is not None:
            wish["client_id"] = client_id
        return await self._transport.send("POST", _COMMENTS, Comment, wish)

    async def preview(self, body: str) -> str:
        """HTML of words that are not said yet."""
        answer = await self._transport.send("POST", f"{_COMMENTS}/preview", dict, {"body": body})
        return str(answer["body_html"])

    async def get(self, comment_id: str) -> Comment:
        """One comment."""
        return await self._transport.get(_one(comment_id), Comment)

    async def edit(self, comment_id: str, body: str) -> Comment:
        """Change one's own words."""
        return await self._transport.send("PATCH", _one(comment_id), Comment, {"body": body})

    async def delete(self, comment_id: str) -> None:
        """Take words back for good."""
        await self._transport.request("DELETE", _one(comment_id), keyed=True)

    def history(self, comment_id: str) -> AsyncIterator[CommentEdit]:
        """What it said before, oldest first."""
        return self._transport.pages(f"{_one(comment_id)}/history", CommentEdit)

    async def resolve(self, comment_id: str) -> Comment:
        """Say that the thread is settled."""
        return await self._transport.send("POST", f"{_one(comment_id)}/resolve", Comment)

    async def reopen(self, comment_id: str) -> Comment:
        """Say that it is not."""
        return await self._transport.send("POST", f"{_one(comment_id)}/reopen", Comment)

    async def react(self, comment_id: str, emoji: str, *, added: bool = True) -> Comment:
        """Put a sign under it, or take one's own away."""
        return await self._transport.send(
            "POST", f"{_one(comment_id)}/reactions", Comment, {"emoji": emoji, "added": added}
        )

    async def promote(
        self, comment_id: str, step_id: str, title: str, criteria: Sequence[str] = ()
    ) -> Promotion:
        """Make a microstep of it."""
        wish = {"step_id": step_id, "title": title, "criteria": [*criteria]}
        return await self._transport.send("POST", f"{_one(comment_id)}/promote", Promotion, wish)

    async def attach(self, comment_id: str, name: str, data: bytes) -> Attachment:
        """Put a file under one's own comment."""
        answer = await self._transport.request(
            "POST",
            f"{_one(comment_id)}/attachments",
            params={"name": name},
            content=data,
            headers={"Content-Type": "application/octet-stream"},
            keyed=True,
        )
        return wire.decode(answer, Attachment)

    async def download(self, comment_id: str, attachment_id: str) -> bytes:
        """The bytes of a file."""
        answer = await self._transport.request("GET", _file(comment_id, attachment_id))
        return answer.content

    async def detach(self, comment_id: str, attachment_id: str) -> None:
        """Delete a file."""
        await self._transport.request("DELETE", _file(comment_id, attachment_id), keyed=True)

    def mentionable(self, project_id: str, words: str = "") -> AsyncIterator[Mentionable]:
        """Who can be mentioned in a project, at most 20."""
        path = f"/api/projects/{wire.segment(project_id)}/mentionable"
        return self._transport.pages(path, Mentionable, q=words or None)


class AsyncIssues(AsyncResource):
    """`/api/issues`."""

    def list(
        self, project_id: str, *, entity_type: str | None = None, entity_id: str | None = None
    ) -> AsyncIterator[Issue]:
        """The links, oldest first."""
        return self._transport.pages(
            "/api/issues",
            Issue,
            project_id=project_id,
            entity_type=entity_type,
            entity_id=entity_id,
        )

    async def create(
        self,
        project_id: str,
        provider: str,
        title: str,
        *,
        entity_type: str = "project",
        entity_id: str = "",
    ) -> Issue:
        """Link one; asking again answers the same link."""
        wish = {
            "provider": provider,
            "project_id": project_id,
            "entity_type": entity_type,
            "entity_id": entity_id,
            "title": title,
        }
        return await self._transport.send("POST", "/api/issues", Issue, wish)


def _file(comment_id: str, attachment_id: str) -> str:
    return f"{_one(comment_id)}/attachments/{wire.segment(attachment_id)}"


def _one(comment_id: str) -> str:
    return f"{_COMMENTS}/{wire.segment(comment_id)}"
