"""The text of a policy file as a tree whose every value knows its line and column.

The events of PyYAML's parser are put together here rather than by its loader: so depth, size and
aliases are bounded before anything is built, keys named twice are seen, and no tag makes objects.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from buildrunner.policy.findings import Finding

MAX_BYTES = 512 * 1024
MAX_DEPTH = 32
MAX_NODES = 50_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?([0-9]{1,18}\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, ".inf": float("inf"), ".nan": float("nan")}
for _word, _value in (
    ("null", None), ("true", True), ("false", False), ("yes", True), ("no", False), ("on", True),
    ("off", False),
):  # fmt: skip
    _WORDS |= dict.fromkeys((_word, _word.capitalize(), _word.upper()), _value)
_TAG = "tag:yaml.org,2002:"
_TAGS = {
    None,
    "!",
    *(_TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq")),
}


class Node:
    """A value with its place. `value` is a scalar, a list of nodes, or a dict of nodes.

    `text` is what a scalar says literally ("" for the others), `keys` the places of the keys of a
    mapping, `size` how many nodes it has with everything below, aliases counted each time.
    """

    __slots__ = ("column", "keys", "line", "size", "text", "value")

    def __init__(self, value: Any, line: int, column: int, text: str = "") -> None:
        self.value = value
        self.line = line
        self.column = column
        self.text = text
        self.keys: dict[str, tuple[int, int]] = {}
        self.size = 1

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class _Stop(Exception):
    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def read(data: bytes) -> tuple[Node | None, list[Finding]]:
    """(tree, findings); no tree where the text is none. Never raises."""
    try:
        builder = _Builder(_decoded(data))
        return builder.build(), builder.findings
    except _Stop as stop:
        return None, [stop.finding]


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read"
        raise _Stop(Finding("GP106", message))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        message = f"byte 0x{data[error.start]:02x} is no UTF-8"
        raise _Stop(Finding("GP103", message, line=line, column=column)) from None
    control = _CONTROL.search(text)
    if control:
        line, column = _place(text, control.start())
        message = f"control character U+{ord(control.group()):04X}"
        raise _Stop(Finding("GP111", message, line=line, column=column))
    return text


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


class _Builder:
    """Puts the events of one text together."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node] = {}
        # One entry a container that is open: (node, anchor, key waiting for its value).
        self.open: list[tuple[Node, str | None, list[Node]]] = []
        self.root: Node | None = None

    def build(self) -> Node | None:
        documents = 0
        try:
            for event in yaml.parse(self.text, Loader=_Loader):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        line, column = _at(event)
                        message = f"a second document begins on line {line}"
                        raise _Stop(Finding("GP104", message, line=line, column=column))
                else:
                    self._take(event)
        except yaml.MarkedYAMLError as error:
            raise _Stop(self._syntax(error)) from None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise _Stop(Finding("GP101", str(error).splitlines()[0])) from None
        return self.root

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event), event.anchor)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._check_tag(event)
            value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            if len(self.open) >= MAX_DEPTH:
                raise _Stop(self._finding("GP106", f"nested more than {MAX_DEPTH} deep", event))
            self.open.append((Node(value, *_at(event)), event.anchor, []))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            node, anchor, _ = self.open.pop()
            self._place(node, anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _alias(self, event: Any) -> None:
        target = self.anchors.get(event.anchor)
        if target is None:
            # An anchor that is still open names the value around the alias: an endless tree.
            raise _Stop(self._finding("GP112", f"no anchor &{event.anchor} before this", event))
        node = Node(target.value, *_at(event), target.text)
        node.keys, node.size = target.keys, target.size
        self._place(node, None)

    def _place(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        parent, _, waiting = self.open[-1]
        parent.size += node.size
        if parent.size > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, aliases written out"
            raise _Stop(Finding("GP106", message, line=node.line, column=node.column))
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif not waiting:
            waiting.append(node)
        else:
            self._member(parent, waiting.pop(), node)

    def _member(self, parent: Node, key: Node, node: Node) -> None:
        if isinstance(key.value, (dict, list)):
            self.findings.append(
                Finding("GP107", "a list or mapping as a key", line=key.line, column=key.column)
            )
            return
        name = key.text
        if name == "<<" and self._merge(parent, node):
            return
        if name in parent.keys:
            first = parent.keys[name][0]
            message = f"{name!r} is named twice, first on line {first}"
            self.findings.append(Finding("GP105", message, line=key.line, column=key.column))
            return
        parent.keys[name] = (key.line, key.column)
        parent.value[name] = node

    def _merge(self, parent: Node, node: Node) -> bool:
        sources = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(source.value, dict) for source in sources):
            return False
        for source in sources:
            for name, member in source.value.items():
                parent.value.setdefault(name, member)
        return True

    def _scalar(self, event: Any) -> Node:
        self._check_tag(event)
        text = event.value
        tag = (event.tag or "").removeprefix(_TAG)
        plain = event.implicit[0] and not event.tag
        value: Any = text
        if (plain and event.style in (None, "")) or tag in ("int", "float", "bool", "null"):
            value = _resolved(text)
        return Node(value, *_at(event), text)

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _TAGS:
            raise _Stop(self._finding("GP108", f"the tag {event.tag} is not allowed", event))

    def _finding(self, code: str, message: str, event: Any) -> Finding:
        line, column = _at(event)
        return Finding(code, message, line=line, column=column)

    def _syntax(self, error: yaml.MarkedYAMLError) -> Finding:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        lines = self.text.split("\n")
        if line > len(lines):  # behind the end
            line, column = len(lines), len(lines[-1]) + 1
        here = lines[line - 1]
        problem = error.problem or "this is no YAML"
        if "\t" in here[: max(column, len(here) - len(here.lstrip()))] and (
            "cannot start any token" in problem or "tab" in problem or "expected" in problem
        ):
            column = here.index("\t") + 1
            return Finding("GP102", "a tab where YAML expects spaces", line=line, column=column)
        if "undefined alias" in problem:
            return Finding("GP112", problem, line=line, column=column)
        context = f" ({error.context})" if error.context else ""
        if context and error.context_mark and error.context_mark.line + 1 < line:
            context = f" ({error.context} that began on line {error.context_mark.line + 1})"
        return Finding("GP101", f"{problem}{context}", line=line, column=column)


def _at(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _resolved(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
