"""Refusals of the room."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, Forbidden, NotFound


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
