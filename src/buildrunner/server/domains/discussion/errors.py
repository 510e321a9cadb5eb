"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound


class CommentAbsent(NotFound):
    """No such comment stands, or not where the caller may look."""

    code = "comment_absent"


class CommentedAbsent(NotFound):
    """What was to be commented on does not exist in this project."""

    code = "entity_absent"


class NotTheAuthor(Forbidden):
    """Only who wrote a comment changes its words."""

    code = "not_the_author"


class AlreadyPromoted(Conflict):
    """The comment has become a microstep already; `microstep_id` names it."""

    code = "already_promoted"


class AttachmentRefused(Invalid):
    """A file that is not kept: too large, of another kind, or with something in it that acts."""

    code = "attachment_refused"


class AttachmentAbsent(NotFound):
    """No such file stands under the comment."""

    code = "attachment_absent"


class TooManyAttachments(Conflict):
    """The comment has as many files as one can have."""

    code = "too_many_attachments"
