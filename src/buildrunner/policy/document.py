"""Reading a policy file: the policy as plain data, and everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from buildrunner.policy.checking import Checker
from buildrunner.policy.findings import ERROR, Finding
from buildrunner.policy.reading import Node, read
from buildrunner.policy.roles import plain
from buildrunner.policy.schema import schema
from buildrunner.policy.shapes import normalise

# So many findings are told; errors among the others would be told once these are mended.
MOST_FINDINGS = 500


class Loaded:
    """What a policy file says.

    `policy` holds what could be read, in the newer shape, values that are wrong left out;
    `findings` are in the order of the text; `places` maps a clause, such as
    `protected_paths[0]`, to its (line, column). With an error among the findings the policy must
    not be judged by: see `ok`.
    """

    __slots__ = ("findings", "name", "places", "policy")

    def __init__(
        self,
        policy: dict[str, Any],
        findings: list[Finding],
        places: dict[str, tuple[int, int]],
        name: str,
    ) -> None:
        self.policy = policy
        self.findings = findings
        self.places = places
        self.name = name

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong but warnings."""
        return not any(finding.severity == ERROR for finding in self.findings)


def load(data: bytes, name: str = "policy.yml", *, teams: Collection[str] | None = None) -> Loaded:
    """Read and check the bytes of a policy file; never raises.

    `name` is only for messages. `teams` are the names of the teams that roles may also mean; None
    where they are not known.
    """
    root, findings = read(data)
    if root is None and not findings:
        findings.append(Finding("GP110", f"{name} is empty"))
    if root is None:
        return Loaded({}, findings, {}, name)
    if not isinstance(root.value, dict):
        code = "GP110" if root.value is None else "GP109"
        message = f"{name} is empty" if root.value is None else "this is no mapping of sections"
        findings.append(Finding(code, message, line=root.line, column=root.column))
        return Loaded({}, findings, {}, name)
    published = schema()
    known = None if teams is None else frozenset(plain(team) for team in teams)
    checker = Checker(published, known)
    policy = checker.check(root, published)
    findings += checker.findings
    places = places_of(root)
    policy = normalise(policy if isinstance(policy, dict) else {}, places, findings)
    findings.sort(key=lambda finding: finding.severity != ERROR)
    shown = findings[:MOST_FINDINGS]
    shown.sort(key=lambda finding: (finding.line, finding.column, finding.code))
    return Loaded(policy, shown, places, name)


def places_of(root: Node) -> dict[str, tuple[int, int]]:
    """Clause → (line, column) of its key, or of the element in a list."""
    places: dict[str, tuple[int, int]] = {}
    waiting: list[tuple[str, Node]] = [("", root)]
    while waiting:
        clause, node = waiting.pop()
        if isinstance(node.value, dict):
            for key, member in node.value.items():
                inner = f"{clause}.{key}" if clause else key
                places[inner] = node.keys.get(key, (member.line, member.column))
                waiting.append((inner, member))
        elif isinstance(node.value, list):
            for number, member in enumerate(node.value):
                places[f"{clause}[{number}]"] = (member.line, member.column)
                waiting.append((f"{clause}[{number}]", member))
    return places
