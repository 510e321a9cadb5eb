"""Sources of usage as the API takes and answers them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
SourceKindName = Literal["openai", "anthropic", "supabase", "vercel", "github", "custom"]
Name = Annotated[str, StringConstraints(max_length=60, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
Url = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class UsageSourceIn(Body):
    """A provider's account. `settings`: openai and anthropic take `skip_keys` (ids of keys that the
    gateway meters), supabase needs `project_ref`, github `organization`, vercel takes `team`;
    custom needs `base_url`."""

    project_id: UUID | None = None
    org_id: UUID | None = None
    kind: SourceKindName
    name: Name
    api_key: Key = ""
    base_url: Url = ""
    settings: dict[str, Any] = Field(default_factory=dict)

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config,
        **_example(
            {
                "project_id": _ID,
                "kind": "github",
                "name": "GitHub Actions",
                "api_key": "github_pat_11ABCDEFG",
                "settings": {"organization": "acme"},
            }
        ),
    )


class UsageSourceChangeIn(Body):
    """What changes; what is left out stays. Another address needs the key again."""

    name: Name | None = None
    api_key: Key | None = None
    base_url: Url | None = None
    settings: dict[str, Any] | None = None
    enabled: bool | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"enabled": False})
    )


class UsageSourceOut(Schema):
    """A source without its key. `differing` counts things of which the provider later said less than
    was counted. While it fails, `retry_at` says when it is tried next."""

    id: UUID
    project_id: UUID | None
    kind: SourceKindName
    name: str
    base_url: str
    settings: dict[str, Any]
    key_hint: str
    enabled: bool
    state: Literal["waiting", "collected", "failing", "off"]
    collected_until: date | None
    collected_at: datetime | None
    last_events: int
    differing: int
    failures: int
    retry_at: datetime | None
    last_error: str

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "project_id": _ID,
            "kind": "github",
            "name": "GitHub Actions",
            "base_url": "https://api.github.com",
            "settings": {"organization": "acme"},
            "key_hint": "DEFG",
            "enabled": True,
            "state": "collected",
            "collected_until": "2026-11-22",
            "collected_at": "2026-11-22T06:05:00Z",
            "last_events": 4,
            "differing": 0,
            "failures": 0,
            "retry_at": None,
            "last_error": "",
        }
    )


class CollectIn(Body):
    """Which sources: one, or all of a project or organization, by default the caller's own; which
    days (`until` is not included)."""

    project_id: UUID | None = None
    org_id: UUID | None = None
    source_id: UUID | None = None
    since: date | None = None
    until: date | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"project_id": _ID})
    )


class CollectOut(Schema):
    """The sources that are read now, as they stood before."""

    queued: int
    sources: list[UsageSourceOut]
