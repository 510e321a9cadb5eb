"""The door to talk."""

from buildrunner.server.domains.discussion.actions.link_issue import link_issue
from buildrunner.server.domains.discussion.actions.presence import (
    be_here,
    clear_gone,
    go,
    keep_here,
)
from buildrunner.server.domains.discussion.actions.promote_comment import promote_comment
from buildrunner.server.domains.discussion.actions.settle_comment import (
    react,
    reopen_comment,
    resolve_comment,
)
from buildrunner.server.domains.discussion.actions.write_comment import (
    delete_comment,
    edit_comment,
    write_comment,
)
from buildrunner.server.domains.discussion.policies import stands_elsewhere
from buildrunner.server.domains.discussion.queries.comments import (
    comment_history,
    list_comments,
    list_issues,
    list_threads,
    readers_of,
    views,
)
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.discussion.queries.presence import who_is_here
from buildrunner.server.domains.discussion.rules.limits import EMOJI, ENTITY_TYPES, PROVIDERS
from buildrunner.server.domains.discussion.rules.markdown import render
from buildrunner.server.domains.discussion.rules.mentions import Reader, handle
from buildrunner.server.domains.discussion.rules.presence import KIND as PRESENCE
from buildrunner.server.domains.discussion.rules.presence import Place, PresenceView
from buildrunner.server.domains.discussion.types import (
    CommentView,
    EditView,
    IssueView,
    Mention,
    Reactions,
    Thread,
)

__all__ = [
    "EMOJI",
    "ENTITY_TYPES",
    "PRESENCE",
    "PROVIDERS",
    "CommentView",
    "EditView",
    "IssueView",
    "Mention",
    "Place",
    "PresenceView",
    "Reactions",
    "Reader",
    "Thread",
    "be_here",
    "clear_gone",
    "comment_history",
    "comment_scope",
    "delete_comment",
    "edit_comment",
    "go",
    "handle",
    "keep_here",
    "link_issue",
    "list_comments",
    "list_issues",
    "list_threads",
    "promote_comment",
    "react",
    "readers_of",
    "render",
    "reopen_comment",
    "resolve_comment",
    "stands_elsewhere",
    "views",
    "who_is_here",
    "write_comment",
]
