"""The shape of a blueprint, written once as types; the JSON Schema is generated from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from buildrunner.spec.types import SEMVER, Check, Link, PriorityName, RiskName

NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
FORMAT = "buildrunner.blueprint/1"

ParameterType = Literal["text", "path", "url", "integer", "command"]
ORDERED = {frozenset(get_args(t)): get_args(t) for t in (ParameterType, PriorityName, RiskName)}

Name = Annotated[
    str,
    Meta(
        pattern=NAME,
        max_length=64,
        description="Small letters, digits and single dashes; what a pack is called everywhere.",
        examples=["auth", "rest-service"],
    ),
]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=10_000)]
Texts = list[Text]
Id = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=100,
        description=(
            "Names the part inside the pack, from version to version; plans give it an id of "
            "their own. Namespaced under its parent, such as `m1.s2.ms3` in `m1.s2`."
        ),
    ),
]
Needs = Annotated[
    list[str],
    Meta(description="Ids of this pack, or `pack#id` for parts of a pack that is required."),
]
Todo = Annotated[Literal["todo"], Meta(description="A blueprint brings work that is to do.")]
Checks = Annotated[list[Check], Meta(description="How the criteria are proven.")]


class Parameter(Struct):
    """What a blueprint leaves open; `${name}` stands for it in texts."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    title: Annotated[Words, Meta(description="What is asked for, in one line.")]
    type: (
        Annotated[ParameterType, Meta(description="What kind of text it is: text unless said.")]
        | UnsetType
    ) = UNSET
    description: Text | UnsetType = UNSET
    default: Annotated[str | int, Meta(description="Taken where nothing is said.")] | UnsetType = (
        UNSET
    )
    required: (
        Annotated[bool, Meta(description="Whether it must be said; so it is without a default.")]
        | UnsetType
    ) = UNSET
    enum: (
        Annotated[list[str], Meta(min_length=1, description="The only values it may have.")]
        | UnsetType
    ) = UNSET
    pattern: (
        Annotated[
            str,
            Meta(max_length=500, description="A regular expression without look-around."),
        ]
        | UnsetType
    ) = UNSET


class Requirement(Struct):
    """Another pack that must be in the plan too."""

    name: Name
    version: (
        Annotated[str, Meta(description="A range such as `^1.0.0`; any without.")] | UnsetType
    ) = UNSET
    optional: (
        Annotated[bool, Meta(description="Whether it is only linked to where it is there.")]
        | UnsetType
    ) = UNSET


class Exclusion(Struct):
    """Another pack that makes no sense beside this one."""

    name: Name
    version: Annotated[str, Meta(description="A range; any without.")] | UnsetType = UNSET
    reason: Words | UnsetType = UNSET


class Microstep(Struct):
    """The smallest piece of work a blueprint brings."""

    id: Id
    title: Words
    criteria: Annotated[Texts, Meta(min_length=1, description="What must be true when it is done.")]
    status: Todo | UnsetType = UNSET
    links: list[str | Link] | UnsetType = UNSET
    depends_on: Needs | UnsetType = UNSET
    owner: Words | UnsetType = UNSET
    effort_points: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    impact_score: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET
    priority: PriorityName | UnsetType = UNSET
    risk_level: RiskName | UnsetType = UNSET
    risk_notes: Text | UnsetType = UNSET
    demo_script: Texts | UnsetType = UNSET
    rollback_plan: Text | UnsetType = UNSET
    post_check: Text | UnsetType = UNSET
    checks: Checks | UnsetType = UNSET


class Step(Struct):
    """A group of microsteps that makes sense together."""

    id: Id
    title: Words
    microsteps: Annotated[list[Microstep], Meta(min_length=1)]
    depends_on: Needs | UnsetType = UNSET
    checks: Checks | UnsetType = UNSET


class Milestone(Struct):
    """A stretch of the road that ends with something to show."""

    id: Id
    title: Words
    steps: Annotated[list[Step], Meta(min_length=1)]
    phase: Words | UnsetType = UNSET
    depends_on: Needs | UnsetType = UNSET


class Part(Struct):
    """The plan a blueprint brings."""

    milestones: Annotated[list[Milestone], Meta(min_length=1)]


class Blueprint(Struct, rename={"schema": "$schema"}):
    """A blueprint: milestones to merge into any plan, with parameters in their texts.

    Fields that are not named here are allowed at every level and are kept.
    """

    format: Literal["buildrunner.blueprint/1"]
    name: Name
    version: Annotated[
        str, Meta(pattern=SEMVER, max_length=100, description="Semantic Versioning 2.0.0.")
    ]
    title: Words
    summary: Annotated[str, Meta(min_length=1, max_length=500, description="What it is for.")]
    plan: Part
    description: Text | UnsetType = UNSET
    tags: Annotated[list[Name], Meta(description="What it is found under.")] | UnsetType = UNSET
    keywords: (
        Annotated[list[Words], Meta(description="Words in a prompt that this blueprint answers.")]
        | UnsetType
    ) = UNSET
    license: (
        Annotated[Words, Meta(description="An SPDX identifier.", examples=["Apache-2.0"])]
        | UnsetType
    ) = UNSET
    publisher: Annotated[Words, Meta(description="Who answers for it.")] | UnsetType = UNSET
    homepage: Annotated[str, Meta(description="An https address.")] | UnsetType = UNSET
    parameters: list[Parameter] | UnsetType = UNSET
    requires: list[Requirement] | UnsetType = UNSET
    conflicts: list[Exclusion] | UnsetType = UNSET
    extra: Annotated[Any, Meta(description="Whatever a publisher's own tools keep.")] = UNSET
    schema: Annotated[str, Meta(description="Where an editor finds this schema.")] | UnsetType = (
        UNSET
    )
