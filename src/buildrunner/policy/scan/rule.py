"""What a rule of the scan is."""

from __future__ import annotations

import re
from typing import Any

ERROR, WARNING, NOTE = "error", "warning", "note"
SECRET, PII = "secret", "pii"
# Where a rule looks: in every file, or only in configuration files, whose values need no quotes.
ANYWHERE, CONFIGURATION = "anywhere", "configuration"


class Rule:
    """One kind of secret.

    `pattern` is RE2 syntax, matched within one line; its first group that took part (else the
    whole match) is the secret. `trigger` is the same or looser, for the engine: wherever `pattern`
    matches in a line, `trigger` matches there too. `check` names a judgement of `judging`, which
    sees the secret with its surroundings. `prefix` is what may be shown of it.
    """

    __slots__ = (
        "alone",
        "check",
        "clause",
        "id",
        "kind",
        "left",
        "pattern",
        "prefix",
        "right",
        "scope",
        "severity",
        "title",
        "trigger",
    )

    def __init__(
        self,
        identifier: str,
        title: str,
        pattern: bytes,
        *,
        trigger: bytes | None = None,
        check: str = "",
        severity: str = ERROR,
        kind: str = SECRET,
        scope: str = ANYWHERE,
        prefix: int = 0,
        edges: str = "",
        clause: str = "",
    ) -> None:
        self.id = identifier
        self.title = title
        self.pattern = pattern
        self.trigger = pattern if trigger is None else trigger
        self.check = check
        self.severity = severity
        self.kind = kind
        self.scope = scope
        self.prefix = prefix
        self.left = "l" in edges  # no letter or digit may stand before the secret
        self.right = "r" in edges  # nor after it
        self.alone = "a" in edges  # nor what else base64 is made of
        self.clause = clause  # where in a policy it comes from

    @property
    def guessed(self) -> bool:
        """Whether nothing but randomness speaks for it."""
        return self.id.startswith("high-entropy")

    def as_dict(self) -> dict[str, Any]:
        """The rule for a listing."""
        return {"id": self.id, "title": self.title, "severity": self.severity, "kind": self.kind}


def loosened(pattern: bytes) -> bytes:
    """A trigger for a token pattern: repeats without an upper bound, the last one at its least.

    Bounded repeats make large automata, and an open end would report every further character.
    """
    open_ended = re.sub(rb"\{(\d+),\d+\}", rb"{\1,}", pattern)
    return re.sub(rb"\{(\d+),\}$", rb"{\1}", open_ended)
