"""Reading the templates, and filling one in."""

from __future__ import annotations

from typing import Any

# The order in which they are listed; a file each.
CATEGORIES = (
    "ui",
    "api",
    "auth",
    "data",
    "performance",
    "security",
    "accessibility",
    "reliability",
    "documentation",
    "observability",
    "release",
)
# text and path are quoted where they stand in a command and escaped in a pattern; command and
# pattern stand as they are; number is a number where it stands alone.
KINDS = ("text", "path", "number", "command", "pattern")
_RAW_IN_RUN = ("command", "number", "pattern")


class TemplateError(Exception):
    """What cannot be filled in: `code`, `message`, the `missing` parameters, a `hint`."""

    def __init__(
        self, code: str, message: str, missing: tuple[str, ...] = (), hint: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.missing = list(missing)
        self.hint = hint


class Parameter:
    """What a template leaves open. `default` is None where it must be said."""

    __slots__ = ("default", "kind", "name", "text")

    def __init__(self, name: str, text: str, kind: str, default: str | float | None) -> None:
        self.name = name
        self.text = text
        self.kind = kind
        self.default = default

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text, "kind": self.kind, "default": self.default}


class Template:
    """Criteria and checks with gaps: `{{name}}` stands for the parameter `name`."""

    __slots__ = ("category", "checks", "criteria", "name", "parameters", "title")

    def __init__(self, category: str, given: dict[str, Any]) -> None:
        self.category = category
        self.name: str = given["name"]
        self.title: str = given["title"]
        self.criteria: list[str] = given["criteria"]
        self.checks: list[dict[str, Any]] = given["checks"]
        self.parameters = [
            Parameter(name, said["text"], said.get("kind", "text"), said.get("default"))
            for name, said in given.get("parameters", {}).items()
        ]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "category": self.category,
            "title": self.title,
            "criteria": self.criteria,
            "checks": self.checks,
            "parameters": [parameter.as_dict() for parameter in self.parameters],
        }


_read: list[Template] = []


def templates() -> list[Template]:
    """All of them, by category."""
    if not _read:
        import tomllib
        from importlib.resources import files

        folder = files("buildrunner.evidence.templates")
        for category in CATEGORIES:
            document = tomllib.loads(folder.joinpath(f"{category}.toml").read_text("utf-8"))
            _read.extend(Template(category, given) for given in document["template"])
    return list(_read)


def find(name: str) -> Template:
    """The template of a name. Raises TemplateError `unknown_template`."""
    for template in templates():
        if template.name == name:
            return template
    from difflib import get_close_matches

    near = get_close_matches(name, [template.name for template in templates()], 1, 0.4)
    hint = f"did you mean {near[0]}?" if near else ""
    raise TemplateError("unknown_template", f"there is no template {name!r}", hint=hint)


def fill(
    template: Template, parameters: dict[str, str | float]
) -> tuple[list[str], list[dict[str, Any]]]:
    """(criteria, checks) with every gap filled; `criterion` of a check counts from 0 in them.

    Raises TemplateError `missing_parameter`, `unknown_parameter` or `wrong_parameter`.
    """
    known = {parameter.name: parameter for parameter in template.parameters}
    strange = [name for name in parameters if name not in known]
    if strange:
        raise TemplateError(
            "unknown_parameter",
            f"{template.name} has no parameter {strange[0]!r}",
            hint=f"it has {', '.join(known) or 'none'}",
        )
    values = {p.name: parameters.get(p.name, p.default) for p in template.parameters}
    missing = tuple(name for name, value in values.items() if value is None or value == "")
    if missing:
        raise TemplateError(
            "missing_parameter",
            f"{template.name} needs {', '.join(missing)}",
            missing,
            hint="; ".join(f"{name}: {known[name].text}" for name in missing),
        )
    gaps = {name: (known[name].kind, _typed(known[name], value)) for name, value in values.items()}
    criteria = [str(_filled(text, gaps, "")) for text in template.criteria]
    return criteria, [_filled(check, gaps, "") for check in template.checks]


def _typed(parameter: Parameter, value: Any) -> Any:
    if parameter.kind != "number":
        return str(value)
    try:
        number = float(value)
    except ValueError:
        raise TemplateError(
            "wrong_parameter", f"{parameter.name} takes a number, not {value!r}"
        ) from None
    return int(number) if number.is_integer() else number


def _filled(value: Any, gaps: dict[str, tuple[str, Any]], member: str) -> Any:
    if isinstance(value, dict):
        return {
            str(_filled(name, gaps, "")): _filled(each, gaps, _member(member, name))
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_filled(each, gaps, member) for each in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    from re import sub

    for name, (kind, said) in gaps.items():
        if value == "{{" + name + "}}" and kind == "number":
            return said
    # In one go: what a value says is never read as a gap.
    return sub(
        r"\{\{(\w+)\}\}",
        lambda gap: _written(str(gaps[gap[1]][1]), gaps[gap[1]][0], member),
        value,
    )


def _member(outer: str, name: str) -> str:
    return outer if outer == "json" else name


def _written(text: str, kind: str, member: str) -> str:
    """A value as it has to stand in this member of a check."""
    if member == "run" and kind not in _RAW_IN_RUN:
        from shlex import quote

        return quote(text)
    if member in ("regex", "not_regex") and kind not in ("pattern", "number"):
        from re import escape

        return escape(text)
    return text
