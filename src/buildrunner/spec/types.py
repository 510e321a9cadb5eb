"""The Build Spec's shape, written once as types; the JSON Schema is generated from them.

The engine itself works on plain dicts, because fields nobody declared must survive. So
nothing decodes into these: they document, and they feed `schema.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

SEMVER = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)

StatusName = Literal["todo", "doing", "blocked", "done"]
PriorityName = Literal["P1", "P2", "P3"]
RiskName = Literal["low", "medium", "high", "critical"]
# Names in the order people expect to read them, by the set of names.
ORDERED = {frozenset(get_args(t)): get_args(t) for t in (StatusName, PriorityName, RiskName)}

Id = Annotated[
    str,
    Meta(
        pattern=r"^\S+$",
        description=(
            "Unique in the document and namespaced under the parent: the id of the parent, a "
            "dot, and the own part, such as `m1.s2.ms3` in `m1.s2`. No white space."
        ),
    ),
]
Title = Annotated[str, Meta(min_length=1, description="One line for people.")]
Status = Annotated[
    StatusName,
    Meta(description="Where the work stands. `done` is a claim that the criteria are proven."),
]
Texts = list[str]
Aliases = Annotated[
    list[str],
    Meta(
        description=(
            "Earlier ids of this entity, kept when a merge renamed it, so that commits and "
            "evidence that name them still resolve."
        )
    ),
]


class Link(Struct):
    """A link with a title of its own."""

    url: Annotated[str, Meta(description="An absolute address with its scheme.")]
    title: Annotated[str, Meta(description="What the link leads to.")] | UnsetType = UNSET


class Check(Struct):
    """How a criterion is proven; without `criterion` each one is. Unknown fields are kept."""

    id: Annotated[str, Meta(description="Unique among the checks of this entity.")] | UnsetType = (
        UNSET
    )
    criterion: (
        Annotated[int, Meta(ge=0, description="Zero-based index into `criteria`.")] | UnsetType
    ) = UNSET
    kind: (
        Annotated[
            str,
            Meta(description="command, http, file, junit, sarif, coverage or manual."),
        ]
        | UnsetType
    ) = UNSET
    run: (
        Annotated[str, Meta(description="A command for `sh -c`; it must exit 0 unless said.")]
        | UnsetType
    ) = UNSET
    url: Annotated[str, Meta(description="Of kind http: the address to ask.")] | UnsetType = UNSET
    method: Annotated[str, Meta(description="Of kind http: GET unless said.")] | UnsetType = UNSET
    headers: (
        Annotated[dict[str, str], Meta(description="Of kind http: headers to send.")] | UnsetType
    ) = UNSET
    body: Annotated[Any, Meta(description="Of kind http: text, or a value sent as JSON.")] = UNSET
    path: Annotated[str, Meta(description="Of kind file: the file to look at.")] | UnsetType = UNSET
    report: (
        Annotated[
            str, Meta(description="Of kind junit, sarif, coverage: the report, a path or glob.")
        ]
        | UnsetType
    ) = UNSET
    cwd: Annotated[str, Meta(description="Folder relative to the repository.")] | UnsetType = UNSET
    timeout: (
        Annotated[float, Meta(gt=0, description="Seconds until the check is stopped.")] | UnsetType
    ) = UNSET
    paths: (
        Annotated[Texts, Meta(description="Files the evidence depends on; none: all.")] | UnsetType
    ) = UNSET
    env: (
        Annotated[Texts, Meta(description="Names of the environment variables it may see.")]
        | UnsetType
    ) = UNSET
    expect: (
        Annotated[
            dict[str, Any], Meta(description="Expected exit code, pattern or JSON path values.")
        ]
        | UnsetType
    ) = UNSET


Checks = Annotated[list[Check], Meta(description="How the criteria are proven.")]


class Microstep(Struct):
    """The smallest piece of work, with the criteria that say when it is done."""

    id: Id
    title: Title
    status: Status
    criteria: Annotated[
        Texts, Meta(description="What must be true when this is done, each provable by itself.")
    ]
    links: (
        Annotated[
            list[str | Link],
            Meta(description="Absolute addresses of issues, documents, pull requests."),
        ]
        | UnsetType
    ) = UNSET
    depends_on: (
        Annotated[Texts, Meta(description="Ids that must be done before this can start.")]
        | UnsetType
    ) = UNSET
    owner: (
        Annotated[str, Meta(description="Who answers for it: a name, handle or address.")]
        | UnsetType
    ) = UNSET
    effort_points: (
        Annotated[int, Meta(ge=1, le=100, description="Relative effort, 1 to 100.")] | UnsetType
    ) = UNSET
    impact_score: (
        Annotated[int, Meta(ge=1, le=10, description="Value to the product, 1 to 10.")] | UnsetType
    ) = UNSET
    priority: Annotated[PriorityName, Meta(description="P1 is the most urgent.")] | UnsetType = (
        UNSET
    )
    risk_level: (
        Annotated[
            RiskName,
            Meta(description="What can go wrong; high and critical need a `rollback_plan`."),
        ]
        | UnsetType
    ) = UNSET
    risk_notes: Annotated[str, Meta(description="What the risk is.")] | UnsetType = UNSET
    demo_script: (
        Annotated[Texts, Meta(description="The steps that show it works, in order.")] | UnsetType
    ) = UNSET
    rollback_plan: (
        Annotated[str, Meta(description="How to get back when it goes wrong.")] | UnsetType
    ) = UNSET
    post_check: (
        Annotated[str, Meta(description="What to look at after it is live.")] | UnsetType
    ) = UNSET
    checks: Checks | UnsetType = UNSET
    aliases: Aliases | UnsetType = UNSET


class Step(Struct):
    """A group of microsteps that makes sense together."""

    id: Id
    title: Title
    microsteps: Annotated[list[Microstep], Meta(description="In the order they are meant.")]
    depends_on: (
        Annotated[Texts, Meta(description="Ids that must be done before its microsteps can start.")]
        | UnsetType
    ) = UNSET
    checks: Checks | UnsetType = UNSET
    aliases: Aliases | UnsetType = UNSET


class Milestone(Struct):
    """A stretch of the road that ends with something to show."""

    id: Id
    title: Title
    steps: Annotated[list[Step], Meta(description="In the order they are meant.")]
    phase: (
        Annotated[str, Meta(description="A label that policy and reports refer to: QA, Beta.")]
        | UnsetType
    ) = UNSET
    depends_on: (
        Annotated[Texts, Meta(description="Ids that must be done before its microsteps can start.")]
        | UnsetType
    ) = UNSET
    aliases: Aliases | UnsetType = UNSET


class Plan(
    Struct,
    rename={"project_id": "projectId", "updated_at": "updatedAt", "schema": "$schema"},
):
    """A Build Spec: milestones, their steps, and microsteps with acceptance criteria.

    Fields that are not named here are allowed at every level and survive every operation.
    """

    project_id: Annotated[str, Meta(description="The project on the server, or a placeholder.")]
    title: Title
    version: Annotated[
        str,
        Meta(
            pattern=SEMVER,
            description="Semantic Versioning 2.0.0.",
            examples=["0.1.0", "1.0.0-rc.1"],
        ),
    ]
    updated_at: Annotated[
        str,
        Meta(
            description="When the plan last changed, RFC 3339; outside the document hash.",
            examples=["2025-10-31T01:30:00Z"],
            extra_json_schema={"format": "date-time"},
        ),
    ]
    milestones: Annotated[list[Milestone], Meta(description="In the order they are meant.")]
    schema: Annotated[str, Meta(description="Where an editor finds this schema.")] | UnsetType = (
        UNSET
    )
