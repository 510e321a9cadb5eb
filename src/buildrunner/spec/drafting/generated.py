"""What a model writes, before anybody sees it: repaired where that is safe, else refused.

A generator is anything with `GeneratorPort.generate`; its answer is text from a stranger. It is
decoded, checked against `answer_schema()`, bounded, and becomes a draft like any other: ids,
statuses and operations are ours, and only what a person accepts reaches the plan.
"""

from __future__ import annotations

from typing import Any, Protocol

from buildrunner.spec.drafting.language import cleaned, shortened
from buildrunner.spec.drafting.proposal import MOST_ITEMS, Node, Origin, Proposal, Question
from buildrunner.spec.drafting.repairing import Repaired, decoded
from buildrunner.spec.errors import SpecError

MOST_BYTES = 512 * 1024
MOST_CRITERIA = 12
_TEXT = {"type": "string", "minLength": 1, "maxLength": 2000, "pattern": r"\S"}
_SHORT = {"type": "string", "minLength": 1, "maxLength": 300, "pattern": r"\S"}


class GeneratorPort(Protocol):
    """Something that writes a plan's additions: a model behind the gateway, or a test's fake."""

    name: str

    def generate(self, prompt: str, schema: dict[str, Any], existing: dict[str, Any] | None) -> str:
        """The answer as text, meant to be JSON of `schema`; raises what its caller handles."""


class Refusal(SpecError):
    """An answer that cannot be used. `findings`: code, message, pointer, line, column."""

    def __init__(self, message: str, findings: list[dict[str, Any]]) -> None:
        first = findings[0] if findings else {}
        super().__init__(
            "answer_refused",
            message,
            line=first.get("line"),
            hint="nothing was saved; ask again, or draft without a model",
        )
        self.findings = findings


def answer_schema() -> dict[str, Any]:
    """The JSON Schema of an answer (draft 2020-12)."""
    microstep = {
        "type": "object",
        "required": ["title", "criteria"],
        "properties": {
            "title": _SHORT,
            "criteria": {"type": "array", "minItems": 1, "maxItems": MOST_CRITERIA, "items": _TEXT},
            "why": _TEXT,
            "line": {"type": "integer", "minimum": 1, "description": "line of the prompt it is from"},
            "effort_points": {"type": "integer", "minimum": 1, "maximum": 100},
            "impact_score": {"type": "integer", "minimum": 1, "maximum": 10},
            "priority": {"enum": ["P1", "P2", "P3"]},
            "risk_level": {"enum": ["low", "medium", "high", "critical"]},
            "rollback_plan": _TEXT,
            "needs": {"type": "array", "maxItems": 20, "items": _SHORT,
                      "description": "titles of microsteps that come first"},
        },
    }  # fmt: skip
    step = {
        "type": "object",
        "required": ["title", "microsteps"],
        "properties": {
            "title": _SHORT,
            "microsteps": {"type": "array", "minItems": 1, "maxItems": 60, "items": microstep},
        },
    }
    milestone = {
        "type": "object",
        "required": ["title", "steps"],
        "properties": {
            "title": _SHORT,
            "steps": {"type": "array", "minItems": 1, "maxItems": 40, "items": step},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["milestones"],
        "properties": {
            "title": _SHORT,
            "milestones": {"type": "array", "minItems": 1, "maxItems": 40, "items": milestone},
            "assumptions": {"type": "array", "maxItems": 50, "items": _TEXT},
            "questions": {"type": "array", "maxItems": 50, "items": _TEXT},
        },
    }


def checked(text: str) -> Repaired:
    """The answer decoded and valid. Raises Refusal with findings that name lines."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        message = f"the answer has more than {MOST_BYTES:,} bytes"
        raise Refusal(
            message, [{"code": "too_large", "message": message, "pointer": "", "line": 1}]
        )
    answer = decoded(text)
    if isinstance(answer, list):
        raise Refusal(answer[0]["message"], answer)
    findings = _violations(answer)
    if findings:
        first = findings[0]
        raise Refusal(f"{first['pointer'] or '/'}: {first['message']}", findings)
    return answer


def _violations(answer: Repaired) -> list[dict[str, Any]]:
    import jsonschema_rs

    found = []
    for error in jsonschema_rs.Draft202012Validator(answer_schema()).iter_errors(answer.value):
        pointer = "".join(f"/{part}" for part in error.instance_path)
        found.append((pointer, shortened(error.message, 300)))
        if len(found) == 50:
            break
    places = answer.places([pointer for pointer, _ in found])
    return [
        {"code": "schema", "message": message, "pointer": pointer, "line": places[pointer][0],
         "column": places[pointer][1]}
        for pointer, message in found
    ]  # fmt: skip


def proposed(text: str) -> Proposal:
    """The proposal of an answer. Raises Refusal."""
    answer = checked(text)
    value = answer.value
    proposal = Proposal(_line(value.get("title")) or "Plan")
    by_title: dict[str, Node] = {}
    count = 0
    for given in value["milestones"]:
        milestone = _node("milestone", given)
        for each in given["steps"]:
            step = _node("step", each)
            for row in each["microsteps"]:
                count += 1
                if count > MOST_ITEMS:
                    raise Refusal(
                        f"more than {MOST_ITEMS} microsteps",
                        [{"code": "too_many", "message": f"at most {MOST_ITEMS} microsteps",
                          "pointer": "/milestones", "line": 1}],
                    )  # fmt: skip
                node = _microstep(row)
                # Needs look back only, so that no circle can come of them.
                node.needs = [
                    by_title[name.casefold()]
                    for name in map(_line, row.get("needs", []))
                    if name.casefold() in by_title
                ]
                by_title.setdefault(node.title.casefold(), node)
                step.children.append(node)
            milestone.children.append(step)
        proposal.milestones.append(milestone)
    origin = Origin("model")
    for repair in answer.repairs:
        proposal.assume(f"The model's answer was mended: {repair}", origin)
    for assumption in value.get("assumptions", []):
        proposal.assume(_line(assumption), origin)
    for number, question in enumerate(value.get("questions", []), 1):
        proposal.questions.append(Question(f"m{number}", _line(question), origin))
    return proposal


def _line(text: Any, most: int = 600) -> str:
    return shortened(cleaned(text), most) if isinstance(text, str) else ""


def _node(kind: str, given: dict[str, Any]) -> Node:
    title = _line(given["title"], 110) or "Untitled"
    return Node(kind, title, Origin("model"), "a model proposed it")


def _microstep(row: dict[str, Any]) -> Node:
    node = _node("microstep", row)
    node.origin = Origin("prompt" if "line" in row else "model", row.get("line"))
    node.why = _line(row.get("why")) or "a model proposed it"
    criteria = [text for text in map(_line, row["criteria"]) if text]
    node.fields = {"status": "todo", "criteria": list(dict.fromkeys(criteria)) or [node.title]}
    for name in ("effort_points", "impact_score", "priority", "risk_level"):
        if name in row:
            node.fields[name] = row[name]
    if row.get("risk_level") in ("high", "critical"):
        node.fields["rollback_plan"] = _line(row.get("rollback_plan")) or (
            "To be written before work starts: the model gave no way back"
        )
    return node
