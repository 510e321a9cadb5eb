"""The history of a plan that comes from elsewhere: every revision is made anew and compared."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from buildrunner.server.domains.plans.rules import documents, limits, validity
from buildrunner.server.domains.plans.rules.operations import check_operations
from buildrunner.server.domains.plans.rules.parts import Document, Excerpt
from buildrunner.server.domains.plans.types import Plan
from buildrunner.server.platform.db.archive import ArchiveInvalid, Earlier
from buildrunner.server.platform.errors import DomainError
from buildrunner.spec.diff import apply
from buildrunner.spec.errors import SpecError

_Stored = tuple[bytes, list[tuple[bytes, bytes]]]


class RevisionCheck:
    """Revisions in order: numbered without gaps, each the outcome of its operations."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._number = 0
        self._hash = ""
        self._document: Document | None = None
        self._project = project

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`; snapshots are packed anew, since theirs could say anything."""
        number = values["number"]
        if number != self._number + 1 or values["previous_hash"] != self._hash:
            raise ArchiveInvalid(f"Revision {number} does not follow on revision {self._number}.")
        if not 0 <= values["base_number"] < number:
            raise ArchiveInvalid(f"Revision {number} names a base that does not come before it.")
        if number == 1 and not values["snapshot"]:
            raise ArchiveInvalid("The first revision lacks its document.")
        try:
            document, found = self._made(values)
            if values["snapshot"]:
                document = unpacked(values["snapshot"])
                found = document.hash()
                validity.check_document(document.plan())
                values["snapshot"] = document.pack()
        except (DomainError, SpecError) as problem:
            if isinstance(problem, ArchiveInvalid):
                raise
            raise ArchiveInvalid(f"Revision {number} does not hold: {problem}") from None
        if found != values["document_hash"]:
            raise ArchiveInvalid(f"Revision {number} does not have the hash that it names.")
        _check_answer(values)
        self._number, self._hash, self._document = number, found, document

    def finish(self) -> None:
        """See `archive.Checker`."""
        head = (self._project.get("head_revision"), self._project.get("head_hash") or "")
        if head != (self._number, self._hash):
            raise ArchiveInvalid("The project's head is not its last revision.")

    def _made(self, values: dict[str, Any]) -> tuple[Document, str]:
        """What the operations make of the document before; of nothing, the snapshot."""
        if self._document is None:
            document = unpacked(values["snapshot"])
            return document, document.hash()
        try:
            told = msgspec.json.decode(values["operations"])
        except msgspec.DecodeError:
            raise ArchiveInvalid("Operations of a revision are not JSON.") from None
        operations = check_operations(told)
        if len(operations) != values["operations_count"]:
            raise ArchiveInvalid("A revision does not have as many operations as it says.")
        excerpt = Excerpt.of(self._document, operations)
        if excerpt is not None:
            return excerpt.put_back(apply(excerpt.plan, operations))
        before = self._document.plan()
        after: Plan = apply(before, operations)
        document = Document.of(after)
        return document, document.hash()


class HeadCheck:
    """The head of a plan: one row, the document of the last revision."""

    def __init__(self, project: Mapping[str, Any], earlier: Earlier) -> None:  # noqa: ARG002
        self._project = project
        self._rows = 0

    def row(self, values: dict[str, Any]) -> None:
        """See `archive.Checker`."""
        self._rows += 1
        head = (values["revision"], values["document_hash"])
        told = (self._project.get("head_revision"), self._project.get("head_hash") or "")
        if head != told or self._rows > 1:
            raise ArchiveInvalid("The plan's head is not what the project says.")
        if not values["revision"]:
            values["packed"] = b""
            return
        document = unpacked(values["packed"])
        try:
            if document.hash() != values["document_hash"]:
                raise ArchiveInvalid("The plan's document does not have the hash that it names.")
            validity.check_document(document.plan())
        except SpecError as problem:
            raise ArchiveInvalid(f"The plan does not hold: {problem}") from None
        values["packed"] = document.pack()

    def finish(self) -> None:
        """See `archive.Checker`."""
        if not self._rows and self._project.get("head_revision"):
            raise ArchiveInvalid("The archive lacks the plan's document.")


def unpacked(packed: bytes) -> Document:
    """A packed document from elsewhere: only its JSON is believed, and only so much of it."""
    left = limits.MAX_DOCUMENT_BYTES
    try:
        root_text, parts = msgspec.msgpack.decode(packed, type=_Stored)
        root = documents.decode(root_text)
        milestones = []
        for text, _ in parts:
            plain = zlib.decompressobj().decompress(text, left)
            left -= len(plain)
            milestones.append(documents.decode(plain))
    except (msgspec.DecodeError, msgspec.ValidationError, zlib.error, ValueError):
        raise ArchiveInvalid("A document in the archive cannot be read.") from None
    if not isinstance(root, dict) or left <= 0:
        raise ArchiveInvalid("A document in the archive is no plan, or too large.")
    plan = {**root, "milestones": milestones} if parts else root
    limits.check_depth(plan, "the plan")
    return Document.of(plan)


def _check_answer(values: dict[str, Any]) -> None:
    """The answer that a sync was told is read again later: it has to have its shape."""
    if not values["answer"]:
        return
    try:
        told = msgspec.json.decode(values["answer"])
    except msgspec.DecodeError:
        told = None
    renames = told.get("renames", []) if isinstance(told, dict) else None
    if not isinstance(renames, list) or not all(
        isinstance(one, dict) and all(isinstance(one.get(end), str) for end in ("from", "to"))
        for one in renames
    ):
        raise ArchiveInvalid(f"The answer kept with revision {values['number']} is not one.")
