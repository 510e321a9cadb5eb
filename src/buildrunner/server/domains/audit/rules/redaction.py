"""Which disclosures a policy calls personal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from buildrunner.ledger import record as ledger
from buildrunner.policy.redaction import KINDS, redactor
from buildrunner.server.platform.errors import Invalid

EVERYTHING: Final = ("*",)
LEAST_DAYS, MOST_DAYS, DEFAULT_DAYS = 30, 2555, 365
_MOST_NAMES: Final = 50
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}|\*")


def left(disclosures: Iterable[str], redact: Sequence[str]) -> list[str]:
    """The disclosures that may be shown where `redact` is personal: members by their names, kinds of
    personal data (see `policy.redaction.KINDS`), or `*` for all.
    """
    if not redact:
        return list(disclosures)
    if "*" in redact:
        return []
    kinds = [name for name in redact if name in KINDS]
    shown = [one for one in disclosures if member_of(one) not in redact]
    if not kinds:
        return shown
    is_personal = redactor({"audit": {"redact": kinds}}, asked=True)
    return [one for one in shown if not is_personal(*ledger.opened(one))]


def member_of(disclosure: str) -> str:
    """The name of the member that a disclosure holds."""
    return ledger.opened(disclosure)[0].rpartition("/")[2]


def checked_days(days: int) -> int:
    """Raises `Invalid` outside of the limits."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid(
            f"Records are kept for {LEAST_DAYS} to {MOST_DAYS:,} days.",
            code="retention_days",
            field="audit_retention_days",
        )
    return days


def checked_members(names: Sequence[str]) -> list[str]:
    """Names of members, each once; raises `Invalid` naming the first that is none."""
    found = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    wrong = next((name for name in found if not _NAME.fullmatch(name)), None)
    if wrong is not None or not found or len(found) > _MOST_NAMES:
        what = f"{wrong[:60]} is no name of a member" if wrong else "Name 1 to 50 members"
        raise Invalid(f"{what}; * stands for all.", code="redact", field="redact")
    return list(EVERYTHING) if "*" in found else found
