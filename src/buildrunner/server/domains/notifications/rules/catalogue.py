"""What people are told of: the one table of kinds, how much each presses, and where it goes unless
somebody chooses otherwise."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: Final[tuple[Priority, ...]] = ("low", "normal", "high", "urgent")

# Where a person can be told: the inbox, the mailbox, and own chat channels.
INBOX, EMAIL, CHAT = "inbox", "email", "chat"
CHANNELS: Final = (INBOX, EMAIL, CHAT)

_EVERYWHERE: Final = frozenset(CHANNELS)
_SEEN: Final = frozenset({INBOX})


class Kind(NamedTuple):
    """A kind of notice: its `title` in the matrix, its `group` there, `direct` where it names the
    person, so that muting what it is about does not silence it."""

    title: str
    group: str
    priority: Priority = "normal"
    channels: frozenset[str] = _EVERYWHERE
    direct: bool = False


KINDS: Final[dict[str, Kind]] = {
    "comment.mentioned": Kind("Somebody mentions you", "Talk", "high", direct=True),
    "comment.replied": Kind("An answer where you take part", "Talk"),
    "comment.written": Kind("A comment on what you follow", "Talk", channels=_SEEN),
    "comment.resolved": Kind("A thread of yours is resolved", "Talk", "low", _SEEN),
    "approval.requested": Kind("Your approval is asked for", "Work", "high"),
    "approval.given": Kind("Your request is approved", "Work"),
    "approval.rejected": Kind("Your request is rejected", "Work", "high"),
    "claim.lost": Kind("You lose a claim", "Work", "high"),
    "check.failed": Kind("A check of your microstep fails", "Work", "high"),
    "check.flaky": Kind("A check is found flaky", "Work", "low", _SEEN),
    "plan.revised": Kind("What you follow changes in the plan", "Work", "low", _SEEN),
    "emergency.bypassed": Kind("Somebody passes the policy in an emergency", "Work", "urgent"),
    "emergency.reviewed": Kind("An emergency is reviewed", "Work", "low", _SEEN),
    "policy.saved": Kind("The policy changes", "Work", "low", _SEEN),
    "waiver.granted": Kind("A rule is waived", "Work", "normal", _SEEN),
    "waiver.revoked": Kind("A waiver ends", "Work", "low", _SEEN),
    "budget.alert": Kind("A budget comes near its limit", "Costs", "high"),
    "budget.exhausted": Kind("A budget is used up", "Costs", "urgent"),
    "anomaly.found": Kind("A figure is unlike what is usual", "Costs", "high"),
    "quota.alert": Kind("A limit of the plan comes near", "Costs", "high"),
    "quota.reached": Kind("A limit of the plan is reached", "Costs", "urgent"),
    "invitation.received": Kind(
        "You are invited", "People", "high", frozenset({INBOX, CHAT}), direct=True
    ),
    "invitation.accepted": Kind("Your invitation is accepted", "People", "low", _SEEN),
    "project.added": Kind("You get a role in a project", "People", direct=True),
    "channel.failing": Kind("A channel or webhook is switched off", "Server", "high"),
}
_OTHER: Final = Kind("Everything else", "Other")
OTHER: Final = "other"


def rows() -> list[tuple[str, Kind]]:
    """The rows of a person's matrix."""
    return [*KINDS.items(), (OTHER, _OTHER)]


def kind_of(kind: str) -> Kind:
    """What the table says of a kind; of one it does not know, what holds for the rest."""
    return KINDS.get(kind, _OTHER)


def priority_of(kind: str, wanted: str | None) -> Priority:
    """How much a notice presses: as it was told, else as the table says."""
    for one in PRIORITIES:
        if one == wanted:
            return one
    return kind_of(kind).priority


def presses(priority: str, least: str) -> bool:
    """Whether a priority is at least another."""
    return PRIORITIES.index(priority) >= PRIORITIES.index(least)


def wanted(choices: dict[str, dict[str, bool]], kind: str, channel: str) -> bool:
    """Whether a person wants a kind through a channel: the own choice, else the table's."""
    name = kind if kind in KINDS else OTHER
    own = choices.get(name, {}).get(channel)
    return channel in kind_of(kind).channels if own is None else own
