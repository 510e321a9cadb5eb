"""The dependency graph as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

# World units. The page reads them from the data, so that there is one source.
NODE_WIDTH, NODE_HEIGHT = 184.0, 44.0
LAYER, LANE = 252.0, 58.0
PAD, HEAD = 20.0, 46.0
SHUT_WIDTH, SHUT_HEIGHT = 240.0, 76.0
GAP = 96.0

#: What is odd about a node, in words; the order is that of weight.
FLAGS = {
    "check_failing": "Done, and a check fails",
    "done_early": "Done, though what it depends on is not",
    "cycle": "Depends on itself, in a circle",
    "dangling": "Depends on something that is not in the plan",
    "blocked_by_nothing": "Blocked, though nothing it depends on is open",
    "started_early": "In work, though what it depends on is not done",
    "evidence_stale": "Done, proven for other content",
    "done_unproven": "Done without proof",
    "claim_expired": "In work, and its claim has run out",
    "work_idle": "In work, and nothing happens",
    "field_contested": "Changed on both sides",
    "field_unsent": "Changed in a clone, not here",
    "field_behind": "Changed here, not in a clone",
}


@dataclass(slots=True)
class FlowNode:
    """A microstep. `x` and `y` are its left upper corner within its group's box."""

    id: str
    title: str
    status: str
    group: str
    step: str
    x: float = 0.0
    y: float = 0.0
    risk: str = ""
    priority: str = ""
    effort: float = 1.0
    ready: bool = False
    critical: bool = False
    proof: str = ""
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FlowEdge:
    """`target` waits for `source`; both are ids of nodes or groups.

    `through` names the step or milestone whose dependency this is, where it is not the node's own.
    """

    source: str
    target: str
    critical: bool = False
    through: str = ""


@dataclass(slots=True)
class FlowGroup:
    """A milestone. `layer` is its column among the groups; width and height those of the open box."""

    id: str
    title: str
    layer: int
    width: float
    height: float
    counts: dict[str, int]
    risk: str = ""
    phase: str = ""
    missing: list[str] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Flow:
    """A plan as a graph, placed. `layers` is the length of the longest chain of microsteps."""

    revision: int
    title: str
    nodes: list[FlowNode]
    edges: list[FlowEdge]
    groups: list[FlowGroup]
    critical_path: list[str]
    critical_effort: float
    layers: int
    sizes: dict[str, float]
    flags: dict[str, str]
