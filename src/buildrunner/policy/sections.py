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


def emergency_rules(policy: dict[str, Any] | None) -> dict[str, Any]:
    """{"enabled", "roles", "justification", "post_review", "post_review_hours"} for `emergency`.

    Not enabled where nothing is said; what is said without roles leaves it to owners.
    """
    said = section(policy, "emergency")
    return {
        "enabled": said.get("bypass_enabled") is True,
        "roles": [role for role in said.get("bypass_roles") or ("Owner",) if isinstance(role, str)],
        "justification": said.get("bypass_requires_justification") is not False,
        "post_review": said.get("bypass_requires_post_review") is not False,
        "post_review_hours": _number(said.get("post_review_hours"), 72),
    }


def audit_rules(policy: dict[str, Any] | None) -> dict[str, Any]:
    """{"retention_days": int | None, "redact_pii": bool, "redact": list | None} for `audit`.

    None means that the policy does not say; `redact` None means every kind.
    """
    said = section(policy, "audit")
    days, kinds = said.get("retention_days"), said.get("redact")
    return {
        "retention_days": days if isinstance(days, int) and not isinstance(days, bool) else None,
        "redact_pii": said.get("redact_pii") is True or said.get("include_sensitive_data") is False,
        "redact": kinds if isinstance(kinds, list) else None,
    }


def waiver_rules(policy: dict[str, Any] | None) -> dict[str, Any]:
    """{"max_days": int, "never": list, "approvers": list} for `waivers`; one PM grants them."""
    said = section(policy, "waivers")
    return {
        "max_days": int(_number(said.get("max_days"), 90)),
        "never": [str(name) for name in said.get("never") or ()],
        "approvers": said.get("approvers") or [{"role": "PM", "count": 1}],
    }


def _number(value: Any, default: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else default
