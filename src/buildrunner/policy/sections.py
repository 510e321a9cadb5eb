"""What the sections of a policy mean, with the defaults of what is not said.

Every function takes a policy as `document.load` gives it, or None where there is none.
"""

from __future__ import annotations

from typing import Any


def section(policy: dict[str, Any] | None, *names: str) -> dict[str, Any]:
    """The mapping under a path of keys; {} where it is not there or is none."""
    value: Any = policy
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def proof_rules(policy: dict[str, Any] | None) -> dict[str, Any]:
    """{"mode": strict|warn|off, "classes": frozenset, "self_attested": bool} for `evidence`.

    Strict, both classes and self-attestation allowed where nothing is said.
    """
    said = section(policy, "evidence")
    mode, classes = said.get("mode"), said.get("counts")
    attested = said.get("self_attested")
    return {
        "mode": mode if mode in ("strict", "warn", "off") else "strict",
        "classes": frozenset(classes if isinstance(classes, list) else ("ci", "local"))
        & {"ci", "local"},
        "self_attested": attested if isinstance(attested, bool) else True,
    }
