"""What this room refuses, and how it says so."""

from __future__ import annotations

from buildrunner.server.platform.errors import Conflict, Forbidden, NotFound


class EvidenceAbsent(NotFound):
    """No record at this address."""

    code = "evidence_absent"

    def __init__(self, address: str) -> None:
        super().__init__(f"this project has no evidence {address}", address=address)


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


class AuthorAlone(Forbidden):
    """Whoever did the work does not vouch for it alone."""

    code = "author_alone"
    title = "Somebody else has to sign"

    def __init__(self, microstep_id: str, why: str, people: list[dict[str, str]]) -> None:
        if people:
            who = ", ".join(f"{one['name']} ({one['role']})" for one in people)
            mend = f"Ask {who}."
        else:
            mend = "Nobody else here may; give somebody the role QA, TechLead or PM."
        super().__init__(
            f"You {why}, so your word does not count for {microstep_id} without another's. {mend}",
            microstep_id=microstep_id,
            people=people,
        )


class CriterionChanged(Conflict):
    """The criterion does not read any more as the signer saw it."""

    code = "criterion_changed"
    title = "The criterion was changed meanwhile"

    def __init__(self, microstep_id: str, index: int | None, text: str) -> None:
        super().__init__(
            f"the criterion of {microstep_id} reads now: {text!r}; look at it again",
            microstep_id=microstep_id,
            criterion=index,
            text=text,
        )


class SignOffAbsent(NotFound):
    """No such sign-off stands."""

    code = "sign_off_absent"


class QuarantineAbsent(NotFound):
    """No such quarantine is in force."""

    code = "quarantine_absent"


class NotFlaky(Conflict):
    """A check that says the same each time is not set aside."""

    code = "not_flaky"
    title = "The check is not flaky"

    def __init__(self, check_id: str) -> None:
        super().__init__(
            f"check {check_id!r} had the same outcome each time it ran on one tree: mend what it "
            "found, change the check, or let somebody sign the criterion off",
            check=check_id,
        )


class CheckAbsent(NotFound):
    """The plan declares no such check."""

    code = "check_absent"
