"""The door to talk."""

from buildrunner.server.domains.discussion.actions.attach import attach_file, detach_file
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
from buildrunner.server.domains.discussion.queries.attachments import read_attachment
from buildrunner.server.domains.discussion.queries.comments import (
    comment_history,
    find_comment,
    list_comments,
    list_issues,
    list_mentionables,
    list_threads,
    readers_of,
    spoken_of,
    views,
)
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.discussion.queries.presence import who_is_here
from buildrunner.server.domains.discussion.rules.files import ACCEPT, LARGEST, checked_file
from buildrunner.server.domains.discussion.rules.limits import (
    EMOJI,
    ENTITY_TYPES,
    PROVIDERS,
    subject_of,
)
from buildrunner.server.domains.discussion.rules.markdown import render
from buildrunner.server.domains.discussion.rules.mentions import Reader, handle
from buildrunner.server.domains.discussion.rules.presence import KIND as PRESENCE
from buildrunner.server.domains.discussion.rules.presence import Place, PresenceView
from buildrunner.server.domains.discussion.types import (
    AttachmentView,
    Card,
    CommentView,
    EditView,
    Elsewhere,
    IssueView,
    Mention,
    Mentionable,
    Reactions,
    Thread,
)

__all__ = [
    "ACCEPT",
    "EMOJI",
    "ENTITY_TYPES",
    "LARGEST",
    "PRESENCE",
    "PROVIDERS",
    "AttachmentView",
    "Card",
    "CommentView",
    "EditView",
    "Elsewhere",
    "IssueView",
    "Mention",
    "Mentionable",
    "Place",
    "PresenceView",
    "Reactions",
    "Reader",
    "Thread",
    "attach_file",
    "be_here",
    "checked_file",
    "clear_gone",
    "comment_history",
    "comment_scope",
    "delete_comment",
    "detach_file",
    "edit_comment",
    "find_comment",
    "go",
    "handle",
    "keep_here",
    "link_issue",
    "list_comments",
    "list_issues",
    "list_mentionables",
    "list_threads",
    "promote_comment",
    "react",
    "read_attachment",
    "readers_of",
    "render",
    "reopen_comment",
    "resolve_comment",
    "spoken_of",
    "stands_elsewhere",
    "subject_of",
    "views",
    "who_is_here",
    "write_comment",
]
