"""Comparing a policy, with its places, to the published schema and to what words mean.

The schema says the shape; what it cannot say (that a pattern compiles, that a role exists) hangs
on its `format` and `x-` members.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from buildrunner.policy import patterns, roles
from buildrunner.policy.findings import Finding
from buildrunner.policy.reading import Node

# A value that is wrong and is left out.
WRONG = object()
_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "nothing",
}  # fmt: skip
_EVERYTHING = {"/", "*", "**", "/*", "/**", "**/*"}


class Checker:
    """Checks one policy. `teams` are the names known on the server, None where none are known."""

    def __init__(self, schema: dict[str, Any], teams: frozenset[str] | None) -> None:
        self.definitions: dict[str, Any] = schema["$defs"]
        self.teams = teams
        self.findings: list[Finding] = []

    def check(self, node: Node, schema: dict[str, Any], clause: str = "") -> Any:
        """The plain value of `node` without what is wrong in it, or WRONG."""
        schema = self._resolved(schema, node)
        if "enum" in schema:
            return self._choice(node, schema, clause)
        wanted = schema.get("type")
        if wanted is None:
            return node.plain()
        if node.value is None and wanted in ("object", "array"):
            return {} if wanted == "object" else []  # everything in it is commented out
        if wanted == "string" and schema.get("x-loose") and isinstance(node.value, (int, float)):
            node = Node(node.text, node.line, node.column, node.text)
        if kind_of(node) != wanted and not (wanted == "number" and kind_of(node) == "integer"):
            return self._wrong_type(node, [schema], clause)
        if wanted == "object":
            return self._mapping(node, schema, clause)
        if wanted == "array":
            return self._list(node, schema, clause)
        if wanted in ("integer", "number"):
            return self._number(node, schema, clause)
        return self._text(node, schema, clause) if wanted == "string" else node.value

    def _resolved(self, schema: dict[str, Any], node: Node) -> dict[str, Any]:
        while True:
            if "$ref" in schema:
                schema = self.definitions[schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema:
                options = [self._flat(option) for option in schema["anyOf"]]
                kind = kind_of(node)
                fitting = [option for option in options if _accepts(option, kind)]
                if not fitting:
                    return {"type": "one of", "options": options}
                enums = [name for option in fitting for name in option.get("enum", ())]
                schema = {"enum": enums} if enums else fitting[0]
            else:
                return schema

    def _flat(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].rpartition("/")[2]]
        return schema

    def _note(self, code: str, node: Node, clause: str, message: str, hint: str = "") -> None:
        self.findings.append(
            Finding(
                code, message, line=node.line, column=node.column, clause=clause, hint=hint or None
            )
        )

    def _wrong_type(self, node: Node, options: list[dict[str, Any]], clause: str) -> Any:
        listed = [o for option in options for o in option.get("options", [option])]
        names = dict.fromkeys(_TYPES["string" if "enum" in o else o["type"]] for o in listed)
        wanted = " or ".join(names)
        given = _TYPES[kind_of(node)]
        hint = ""
        if "text" in names and kind_of(node) in ("integer", "number", "boolean"):
            hint = f'Put it in quotes: "{node.text}".'
        elif kind_of(node) == "string" and "text" not in names:
            if node.value.strip().lower() in ("true", "false", "yes", "no") or _is_number(node):
                hint = f"Write it without quotes: {node.value.strip()}."
            elif "a list" in names:
                hint = f"Write it as a list: [{node.text}]."
        self._note("GP201", node, clause, f"{clause}: {wanted} is wanted, this is {given}", hint)
        return WRONG

    def _choice(self, node: Node, schema: dict[str, Any], clause: str) -> Any:
        allowed = [str(name) for name in schema["enum"]]
        text = node.text if not isinstance(node.value, (dict, list)) else None
        if text is None:
            return self._wrong_type(node, [schema], clause)
        if text in allowed:
            return text
        near = [name for name in allowed if name.lower() == text.strip().lower()]
        near = near or get_close_matches(text.lower(), allowed, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        message = f"{clause}: {text!r} is not allowed; one of {', '.join(allowed)}"
        self._note("GP203", node, clause, message, hint)
        return WRONG

    def _mapping(self, node: Node, schema: dict[str, Any], clause: str) -> dict[str, Any]:
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        names = schema.get("propertyNames")
        cleaned: dict[str, Any] = {}
        for key, member in node.value.items():
            inner = f"{clause}.{key}" if clause else key
            line, column = node.keys.get(key, (member.line, member.column))
            if names is not None:
                place = Node(key, line, column, key)
                if self._text(place, {"type": "string", **names}, inner) is WRONG:
                    continue
            if key in known:
                value = self.check(member, known[key], inner)
            elif isinstance(rest, dict):
                value = self.check(member, rest, inner)
            else:
                if known:
                    self._unknown(Node(key, line, column, key), known, inner)
                value = member.plain()
            if value is not WRONG:
                cleaned[key] = value
        for key in schema.get("required", ()):
            if key not in node.value:
                self._note("GP206", node, clause, f"{clause}: {key} is missing")
                return cleaned
        return cleaned

    def _unknown(self, key: Node, known: dict[str, Any], clause: str) -> None:
        near = get_close_matches(key.text.lower().replace("-", "_"), known, n=1, cutoff=0.6)
        meant = f"; did you mean {near[0]}?" if near else ""
        hint = f"Known here: {', '.join(known)}." if not near and len(known) <= 12 else ""
        self._note("GP301", key, clause, f"unknown key {clause}{meant}", hint)

    def _list(self, node: Node, schema: dict[str, Any], clause: str) -> list[Any]:
        most = schema.get("maxItems")
        if most is not None and len(node.value) > most:
            message = f"{clause}: {len(node.value)} elements, at most {most}"
            self._note("GP202", node, clause, message)
        items = schema.get("items", {})
        checked = (
            self.check(member, items, f"{clause}[{number}]")
            for number, member in enumerate(node.value[:most])
        )
        return [value for value in checked if value is not WRONG]

    def _number(self, node: Node, schema: dict[str, Any], clause: str) -> Any:
        least, most = schema.get("minimum"), schema.get("maximum")
        value, above = node.value, schema.get("exclusiveMinimum")
        unit = schema.get("x-unit")
        inside = (
            (least is None or value >= least)
            and (most is None or value <= most)
            and (above is None or value > above)
            and abs(value) != float("inf")
        )
        if not inside:
            low = f"above {above}" if above is not None else f"from {least}"
            span = f"{low} to {most}" if most is not None else low
            hint = ""
            if unit == "fraction" and 1 < value <= 100:
                hint = f"This is a fraction: write {value / 100:g} for {value:g} %."
            message = f"{clause}: {node.text} is out of range, {span} is wanted"
            self._note("GP202", node, clause, message, hint)
            return WRONG
        if unit == "percent" and (0 < value < 1 or node.text in ("1.0", "1.")):
            message = f"{clause}: {node.text} is a percentage here, that is {value:g} %"
            hint = f"For {value * 100:g} % write {value * 100:g}."
            self._note("GP303", node, clause, message, hint)
        return value

    def _text(self, node: Node, schema: dict[str, Any], clause: str) -> Any:
        text: str = node.value
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        if len(text.strip()) < least:
            self._note("GP205", node, clause, f"{clause}: the text is empty")
            return WRONG
        if most is not None and len(text) > most:
            message = f"{clause}: {len(text)} characters, at most {most}"
            self._note("GP205", node, clause, message)
            return WRONG
        pattern = schema.get("pattern")
        if pattern and not patterns.found(pattern, text):
            message = f"{clause}: {text!r} is not of the form {pattern}"
            self._note("GP205", node, clause, message)
            return WRONG
        if schema.get("format") == "regex":
            return self._regex(node, clause)
        kind = schema.get("x-kind")
        if kind == "path":
            return self._path(node, clause)
        if kind == "role":
            self._role(node, clause)
        return text

    def _regex(self, node: Node, clause: str) -> Any:
        try:
            compiled = patterns.expression(node.value)
        except patterns.PatternError as error:
            self._note("GP204", node, clause, f"{clause}: {node.value!r} does not compile: {error}")
            return WRONG
        if "secret_scan" in clause and compiled.search("") is not None:
            self._note("GP307", node, clause, f"{clause}: {node.value!r} matches empty text")
        return node.value

    def _path(self, node: Node, clause: str) -> Any:
        text: str = node.value.strip()
        if text.startswith("!"):
            message = f"{clause}: {text!r} begins with `!`; exclusions are not taken here"
            self._note("GP205", node, clause, message, "List the paths that are meant.")
            return WRONG
        if ".." in text.split("/"):
            message = f"{clause}: {text!r} leaves its folder with `..`"
            self._note("GP205", node, clause, message, "Write the path from the repository's root.")
            return WRONG
        try:
            patterns.path_expression(text)
        except Exception:
            message = f"{clause}: {text!r} is no pattern of paths"
            self._note("GP204", node, clause, message, "Check the brackets.")
            return WRONG
        if text in _EVERYTHING:
            self._note("GP307", node, clause, f"{clause}: {text!r} covers every file")
        return text

    def _role(self, node: Node, clause: str) -> None:
        name = node.value
        if roles.built_in(name):
            return
        if self.teams is not None and roles.plain(name) in self.teams:
            return
        near = get_close_matches(
            roles.plain(name), [roles.plain(each) for each in roles.BUILT_IN], n=1
        )
        meant = f"; did you mean {roles.shown(near[0])}?" if near else ""
        where = "no team" if self.teams is not None else "not known here as a team"
        self._note(
            "GP302", node, clause, f"{clause}: {name!r} is no built-in role and {where}{meant}"
        )


def kind_of(node: Node) -> str:
    """The JSON type of a node."""
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def _accepts(schema: dict[str, Any], kind: str) -> bool:
    if "enum" in schema:
        return kind == "string"
    return schema.get("type") == kind or (schema.get("type") == "number" and kind == "integer")


def _is_number(node: Node) -> bool:
    try:
        float(node.value)
    except ValueError:
        return False
    return True
