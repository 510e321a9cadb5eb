"""Kinds of values that several sections share. `x-` members are for our own checks."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypeVar, Union

from msgspec import UNSET, Meta, Struct, UnsetType

T = TypeVar("T")
# A member that may be absent.
Said: TypeAlias = Union[T, UnsetType]  # noqa: UP007 (an alias with a parameter)

Percent = Annotated[float, Meta(ge=0, le=100, extra_json_schema={"x-unit": "percent"})]
# A rise may be more than the whole.
Rise = Annotated[float, Meta(ge=0, le=100_000, extra_json_schema={"x-unit": "percent"})]
Fraction = Annotated[float, Meta(ge=0, le=1, extra_json_schema={"x-unit": "fraction"})]
Money = Annotated[float, Meta(ge=0, extra_json_schema={"x-unit": "USD"})]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Votes = Annotated[int, Meta(ge=0, le=20)]
Days = Annotated[int, Meta(ge=1, le=3650)]
Hours = Annotated[float, Meta(gt=0, le=8760)]
Text = Annotated[str, Meta(max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Role = Annotated[str, Meta(min_length=1, max_length=100, extra_json_schema={"x-kind": "role"})]
Pattern = Annotated[str, Meta(min_length=1, max_length=1000, extra_json_schema={"format": "regex"})]
Path = Annotated[str, Meta(min_length=1, max_length=500, extra_json_schema={"x-kind": "path"})]
Branch = Annotated[str, Meta(min_length=1, max_length=250, extra_json_schema={"x-kind": "branch"})]
# Labels of milestones; an older policy counts its phases.
Phase = Annotated[str, Meta(min_length=1, max_length=100)] | int

StatusName = Literal["todo", "doing", "blocked", "done"]
RiskName = Literal["low", "medium", "high", "critical"]
ActionName = Literal["block", "alert", "approve"]


class Requirement(Struct):
    """So many people of one role."""

    role: Annotated[Role, Meta(description="A built-in role, or a team on the server.")]
    count: Said[Annotated[int, Meta(ge=1, le=20, description="How many; 1 if absent.")]] = UNSET


Requirements = Annotated[list[Requirement], Meta(max_length=50)]
Roles = Annotated[list[Role], Meta(max_length=50)]
Names = Annotated[list[Name], Meta(max_length=1000)]
Paths = Annotated[list[Path], Meta(max_length=1000)]
Patterns = Annotated[list[Pattern], Meta(max_length=500)]
Phases = Annotated[list[Phase], Meta(max_length=200)]
Branches = Annotated[list[Branch], Meta(max_length=200)]
