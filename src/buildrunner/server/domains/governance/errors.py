"""What this room refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from buildrunner.server.platform.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
)


class PolicyInvalid(Invalid):
    """The text has errors; `findings` say where."""

    code = "policy_invalid"
    title = "The policy has errors"

    def __init__(self, findings: list[dict[str, Any]]) -> None:
        errors = [one for one in findings if one["severity"] == "error"]
        first = errors[0]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        super().__init__(
            f"{first['path']}:{first['line']}:{first['column']} {first['code']} "
            f"{first['message']}{more}. Nothing was saved.",
            findings=findings,
        )


class PolicyAbsent(NotFound):
    """The project has no policy, or no such version."""

    code = "policy_absent"


class PolicyMoved(PreconditionFailed):
    """Somebody saved a newer version."""

    code = "policy_moved"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"The policy is at version {number} by now. Read it, and save your change again.",
            number=number,
        )


class InPersonOnly(Forbidden):
    """Programs may not do this, whatever their rights."""

    code = "in_person_only"
    title = "This is done in person"

    def __init__(self, what: str, page: str) -> None:
        super().__init__(
            f"{what} is the act of a person in a browser; keys, agents and service accounts cannot "
            f"do it. Open {page}",
            page=page,
        )


class RequestAbsent(NotFound):
    """No such request for approval."""

    code = "change_request_absent"


class RequestClosed(Conflict):
    """It was withdrawn or bypassed."""

    code = "change_request_closed"
    title = "The request is closed"

    def __init__(self, number: int, state: str) -> None:
        super().__init__(
            f"Request {number} was {state}; open another for this branch.", number=number
        )


class HeadMoved(Conflict):
    """The change is not any more what the voter saw."""

    code = "head_moved"
    title = "The change was pushed to meanwhile"

    def __init__(self, number: int, head: str) -> None:
        super().__init__(
            f"Request {number} stands at {head[:12]} by now; look at it again before you decide.",
            number=number,
            head=head,
        )


class AuthorVotes(Forbidden):
    """Whoever made a change does not approve it."""

    code = "author_votes"
    title = "Somebody else has to decide"

    def __init__(self, number: int, people: list[str]) -> None:
        whom = f" Ask {', '.join(people)}." if people else " Nobody else here may yet."
        super().__init__(f"You are an author of request {number}.{whom}", number=number)


class BypassRefused(Forbidden):
    """The policy does not let this person, or this change, past."""

    code = "bypass_refused"
    title = "No emergency bypass"


class WaiverRefused(Invalid):
    """A waiver that would not count."""

    code = "waiver_refused"
    title = "Such a waiver would not count"


class WaiverAbsent(NotFound):
    """No such waiver stands."""

    code = "waiver_absent"


class ReviewAbsent(NotFound):
    """No such post-review."""

    code = "post_review_absent"


class ChangeInvalid(Invalid):
    """The change is not of the form."""

    code = "change_invalid"
    title = "The change cannot be read"
