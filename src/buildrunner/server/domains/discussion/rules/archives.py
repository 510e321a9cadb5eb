"""Talk that comes from elsewhere: nothing of it is believed, and its files are looked through."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from buildrunner.server.domains.discussion.errors import AttachmentRefused
from buildrunner.server.domains.discussion.rules.files import (
    LARGEST,
    MOST,
    checked_file,
    safe_name,
)
from buildrunner.server.domains.discussion.rules.limits import (
    EMOJI,
    LONGEST_BODY,
    LONGEST_ID,
    checked_body,
    checked_entity,
)
from buildrunner.server.platform.db.archive import ArchiveInvalid, Earlier
from buildrunner.server.platform.errors import Invalid

COMMENTS, FILES = "discussion_comment", "discussion_attachment"
_MOST_MENTIONS = 1000
_LONGEST_NAME = 300
_DIGEST = re.compile(r"[0-9a-f]{64}")


class CommentCheck:
    """Comments as the room writes them; an answer stands where its thread does."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._firsts: dict[UUID, tuple[str, str]] = {}
        self._answers: list[tuple[UUID, tuple[str, str]]] = []

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        place = _place(values)
        if values["parent_id"] is None:
            self._firsts[values["id"]] = place
        else:
            self._answers.append((values["parent_id"], place))
        if values["deleted_at"] is None:
            _body(values["body"])
        elif values["body"] or values["mentions"]:
            raise ArchiveInvalid("A deleted comment has words.")
        _actor(values["author"])
        if (values["resolved_by"] is None) != (values["resolved_at"] is None):
            raise ArchiveInvalid("A resolved thread was resolved by somebody.")
        if values["resolved_by"] is not None:
            _actor(values["resolved_by"])
        _mentions(values["mentions"])
        if len(values["promoted_to"] or "") > LONGEST_ID:
            raise ArchiveInvalid("A comment became a microstep with too long an id.")

    def finish(self) -> None:
        """See `archive.Checker`."""
        for parent, place in self._answers:
            if self._firsts.get(parent) != place:
                raise ArchiveInvalid("An answer belongs to no thread of the archive.")


class EditCheck:
    """What comments said before."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._comments = earlier.get(COMMENTS, {})

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        _stands(self._comments, values["comment_id"])
        _body(values["body"])

    def finish(self) -> None:
        """See `archive.Checker`."""


class ReactionCheck:
    """Signs under comments."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._comments = earlier.get(COMMENTS, {})

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        _stands(self._comments, values["comment_id"])
        if values["emoji"] not in EMOJI:
            raise ArchiveInvalid("A reaction is not one that can be given.")

    def finish(self) -> None:
        """See `archive.Checker`."""


class FileCheck:
    """What is said of files; their bytes come after."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._comments = earlier.get(COMMENTS, {})
        self._under: Counter[UUID] = Counter()

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        _stands(self._comments, values["comment_id"])
        self._under[values["comment_id"]] += 1
        if self._under[values["comment_id"]] > MOST:
            raise ArchiveInvalid(f"A comment has more than {MOST} files.")
        if values["name"] != safe_name(values["name"]):
            raise ArchiveInvalid("A file has a name that cannot be kept.")
        if not 0 < values["size"] <= LARGEST or not _DIGEST.fullmatch(values["sha256"]):
            raise ArchiveInvalid(f"The file {values['name']} is not as it says.")

    def finish(self) -> None:
        """See `archive.Checker`."""


class PieceCheck:
    """The bytes of files, in order: put together, compared with what is said of them, and looked
    through as if somebody attached them now."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._left = dict(earlier.get(FILES, {}))
        self._name: UUID | None = None
        self._data = bytearray()
        self._next = 0

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        if values["attachment_id"] != self._name:
            self._end()
            self._name = values["attachment_id"]
            if self._name not in self._left:
                raise ArchiveInvalid("The bytes of a file come twice.")
        if values["number"] != self._next:
            raise ArchiveInvalid("A part of a file is missing.")
        self._next += 1
        self._data += values["data"]
        if len(self._data) > LARGEST:
            raise ArchiveInvalid(f"A file in the archive has more than {LARGEST:,} bytes.")

    def finish(self) -> None:
        """See `archive.Checker`."""
        self._end()
        if self._left:
            raise ArchiveInvalid("The bytes of a file are missing.")

    def _end(self) -> None:
        if self._name is None:
            return
        told, data = self._left.pop(self._name), bytes(self._data)
        self._name, self._next = None, 0
        self._data.clear()
        if told["size"] != len(data) or told["sha256"] != hashlib.sha256(data).hexdigest():
            raise ArchiveInvalid(f"The file {told['name']} does not have the bytes that it names.")
        try:
            found = checked_file(told["name"], data)
        except AttachmentRefused as refusal:
            raise ArchiveInvalid(f"A file in the archive is not taken. {refusal.detail}") from None
        if (found.media_type, found.width, found.height) != (
            told["media_type"],
            told["width"],
            told["height"],
        ):
            raise ArchiveInvalid(f"The file {told['name']} is another than it says.")


def _place(values: Mapping[str, Any]) -> tuple[str, str]:
    place = values["entity_type"], values["entity_id"]
    try:
        kept = checked_entity(*place)
    except Invalid as problem:
        raise ArchiveInvalid(f"A comment stands nowhere: {problem.detail}") from None
    if kept != place:
        raise ArchiveInvalid("A comment stands nowhere.")
    return place


def _body(text: str) -> None:
    try:
        kept = checked_body(text)
    except Invalid as problem:
        raise ArchiveInvalid(problem.detail) from None
    if kept != text:
        raise ArchiveInvalid(f"A comment has 1 to {LONGEST_BODY:,} characters, trimmed.")


def _stands(comments: Mapping[UUID, Mapping[str, Any]], comment_id: UUID) -> None:
    if comments[comment_id]["deleted_at"] is not None:
        raise ArchiveInvalid("Something hangs on a comment that was deleted.")


def _actor(told: Any) -> None:
    fits = (
        isinstance(told, dict)
        and told.keys() <= {"kind", "id", "name", "label", "imported"}
        and isinstance(told.get("kind"), str)
        and isinstance(told.get("name"), str)
        and isinstance(told.get("id"), str | None)
        and isinstance(told.get("label", ""), str)
    )
    if not fits or any(len(str(one)) > _LONGEST_NAME for one in told.values()):
        raise ArchiveInvalid("Who wrote a comment is not told as it should be.")


def _mentions(told: Any) -> None:
    if not isinstance(told, list) or len(told) > _MOST_MENTIONS:
        raise ArchiveInvalid("Whom a comment names is not told as it should be.")
    for one in told:
        fits = (
            isinstance(one, dict)
            and one.keys() == {"kind", "name", "reaches"}
            and one["kind"] in ("user", "role", "team")
            and isinstance(one["name"], str)
            and isinstance(one["reaches"], int)
            and one["reaches"] >= 0
        )
        if not fits:
            raise ArchiveInvalid("Whom a comment names is not told as it should be.")
