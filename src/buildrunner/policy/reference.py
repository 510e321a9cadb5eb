"""The reference of keys, rules and codes, written from schema and catalogue."""

from __future__ import annotations

from typing import Any

from buildrunner.policy.findings import MENDS
from buildrunner.policy.findings import RULES as CODES
from buildrunner.policy.rules import FIRM, RULES

_HEAD = """# Keys of a policy

Every key that a policy may have, written from the [JSON Schema](policy.schema.json) by
`python -m buildrunner.policy.schema`. What the sections mean, which rules judge by them and how
paths, roles and patterns are written stands in [policy.md](policy.md).

A *percentage* is written from 0 to 100, a *fraction* from 0 to 1.
"""
_KINDS = {"role": "role", "path": "path", "branch": "branch"}


def keys(schema: dict[str, Any]) -> str:
    """The page as Markdown."""
    definitions = schema["$defs"]
    waiting, listed = ["Policy"], ["Policy"]
    lines = [_HEAD]
    while waiting:
        name = waiting.pop(0)
        definition = definitions[name]
        title = "Sections" if name == "Policy" else name
        lines.append(f"\n## {title}\n\n{definition['description']}\n")
        lines.append("| key | value | meaning |\n|---|---|---|")
        for key, member in definition["properties"].items():
            below = _definitions(member)
            for each in below:
                if each not in listed:
                    listed.append(each)
                    waiting.append(each)
            needed = " (required)" if key in definition.get("required", ()) else ""
            meaning = member.get("description", "")
            if not meaning and len(below) == 1:
                meaning = definitions[below[0]]["description"].split("\n")[0]
            lines.append(f"| `{key}` | {_value(member)}{needed} | {meaning} |")
    return "\n".join(lines) + "\n"


_RULES_HEAD = """# Rules of governance

What `br governance check` and the server can deny, and what `br governance validate` can find,
written from the catalogue by `python -m buildrunner.policy.schema`. `br governance explain RULE`
prints the same, with what the policy of the repository says.

*block* stops a change, *approve* stops it until those named have approved, *alert* only tells. What
stands here holds where `violations` says nothing else of the rule or its group.
"""


def rules() -> str:
    """The page of rules and codes as Markdown."""
    lines = [_RULES_HEAD]
    for rule in RULES.values():
        waiver = "never" if rule.id in FIRM else "possible"
        lines.append(f"\n## {rule.id}\n\n{rule.title}.\n\n{rule.why}\n\n{rule.mend}\n")
        lines.append(
            f"Group `{rule.group}` · {rule.action} · clause `{rule.clause}` · waiver {waiver}"
        )
    lines.append(
        "\n## Codes of a policy file\n\n| code | severity | what | mend |\n|---|---|---|---|"
    )
    for code, (severity, title) in CODES.items():
        lines.append(f"| {code} | {severity} | {title} | {MENDS[code]} |")
    return "\n".join(lines) + "\n"


def _definitions(member: dict[str, Any]) -> list[str]:
    found = []
    if "$ref" in member:
        found.append(member["$ref"].rpartition("/")[2])
    for option in member.get("anyOf", ()):
        found += _definitions(option)
    for inner in ("items", "additionalProperties"):
        if isinstance(member.get(inner), dict):
            found += _definitions(member[inner])
    return found


def _value(member: dict[str, Any]) -> str:
    if "$ref" in member:
        name = member["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in member:
        return " or ".join(dict.fromkeys(_value(option) for option in member["anyOf"]))
    if "enum" in member:
        return ", ".join(f"`{name}`" for name in member["enum"])
    kind = member.get("type")
    if kind == "array":
        return f"list of {_value(member['items'])}"
    if kind == "object":
        return f"name → {_value(member['additionalProperties'])}"
    if kind in ("integer", "number"):
        return _number(member)
    if kind == "boolean":
        return "true or false"
    if member.get("format") == "regex":
        return "pattern (RE2)"
    return _KINDS.get(member.get("x-kind", ""), "text")


def _number(member: dict[str, Any]) -> str:
    unit = member.get("x-unit")
    if unit == "fraction":
        return "fraction"
    low, high = member.get("minimum"), member.get("maximum")
    span = f" {low}–{high}" if high is not None and high <= 10_000 else ""
    if unit == "percent":
        return f"percentage{span}"
    return f"{unit or ('whole number' if member['type'] == 'integer' else 'number')}{span}"
