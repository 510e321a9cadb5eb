"""Which rules a policy asks for: its own patterns, what it allows, which files it leaves out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from buildrunner.policy.patterns import path_matches
from buildrunner.policy.scan import kinds
from buildrunner.policy.scan.engines import compiled
from buildrunner.policy.scan.rule import PII, Rule

# Written by us, and full of digests.
_OWN_FILES = ("buildrunner/governance/scan-baseline.json",)


class ScanRules:
    """The rules of one scan.

    `rules` in order of precedence; `allow` are patterns for secrets that are none; `exclude` are
    path patterns as in .gitignore; `off` are kinds that are not told, though what they match is
    not taken for something else either; `inline` says whether a pragma in the text counts. `blocks` is false where findings only are to be told.
    """

    __slots__ = ("allow", "blocks", "exclude", "inline", "off", "rules")

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        allow: Iterable[str] = (),
        exclude: Iterable[str] = (),
        blocks: bool = True,
        off: Iterable[str] = (),
        inline: bool = True,
    ) -> None:
        self.rules = list(rules)
        self.allow = [compiled(pattern.encode()) for pattern in allow if _compiles(pattern)]
        self.exclude = list(exclude)
        self.blocks = blocks
        self.off = frozenset(off)
        self.inline = inline

    @classmethod
    def from_policy(cls, policy: dict[str, Any] | None) -> ScanRules:
        """What `secret_scan` of a policy asks for; every kind of secret and no PII without it.

        `deny_patterns` are further rules; `allowed_patterns` match what is no secret, and the id
        of a kind there turns it off; `pii` takes true or a list of kinds. What makes no sense is
        left out: saying so is the validator's task.
        """
        said = (policy or {}).get("secret_scan")
        said = said if isinstance(said, dict) else {}
        allowed = _texts(said.get("allowed_patterns"))
        known = {rule.id for rule in kinds.builtin()}
        off = {each for each in allowed if each in known}
        if said.get("entropy") is False:
            off |= {rule.id for rule in kinds.builtin() if rule.id.startswith("high-entropy")}
        wanted = personal_kinds(said.get("pii"))
        rules = [
            rule
            for rule in kinds.builtin()
            if (rule.id in wanted if rule.kind == PII else said.get("built_in") is not False)
        ]
        rules += _own(_texts(said.get("deny_patterns")))
        return cls(
            rules if said.get("enabled") is not False else [],
            allow=[each for each in allowed if each not in known],
            exclude=_texts(said.get("exclude_files")),
            blocks=said.get("block_on_detection") is not False,
            off=off,
            inline=said.get("inline_allow") is not False,
        )

    @staticmethod
    def asked(policy: dict[str, Any] | None) -> bool:
        """Whether the policy has a `secret_scan` that is not turned off."""
        said = (policy or {}).get("secret_scan")
        return isinstance(said, dict) and said.get("enabled") is not False

    def excludes(self, path: str) -> bool:
        """Whether a file, by its path from the root with `/`, is left out."""
        if path.endswith(_OWN_FILES):
            return True
        return any(path_matches(pattern, path) for pattern in self.exclude)

    def allows(self, secret: bytes) -> bool:
        """Whether the policy says that this is no secret."""
        return any(pattern.search(secret) is not None for pattern in self.allow)

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what is found."""
        digest = hashlib.sha256()
        for rule in self.rules:
            digest.update(b"\0".join((rule.id.encode(), rule.pattern, rule.trigger)) + b"\1")
        return digest.hexdigest()


def personal_kinds(asked: Any) -> set[str]:
    """The kinds of personal data that `pii` asks for: true means all."""
    return set(kinds.personal_ids()) if asked is True else set(_texts(asked))


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _own(patterns: list[str]) -> list[Rule]:
    """The policy's own patterns."""
    return [
        Rule(
            f"denied-{at + 1}",
            "text the policy denies",
            pattern.encode(),
            clause=f"secret_scan.deny_patterns[{at}]",
        )
        for at, pattern in enumerate(patterns)
        if _compiles(pattern)
    ]


def _compiles(pattern: str) -> bool:
    import re2

    try:
        compiled(pattern.encode())
    except re2.error:
        return False
    return bool(pattern)
