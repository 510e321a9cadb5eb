"""The kinds of sources: one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from buildrunner.server.domains.analytics.rules import collecting_models as models
from buildrunner.server.domains.analytics.rules import collecting_platforms as platforms
from buildrunner.server.domains.analytics.rules.collecting import Kind, bearer

KINDS: Final[Mapping[str, Kind]] = {
    "openai": Kind(
        "OpenAI",
        "https://api.openai.com",
        "An admin key of the organization (sk-admin-…)",
        bearer,
        models.openai_asks,
        models.openai_read,
        takes=("skip_keys",),
    ),
    "anthropic": Kind(
        "Anthropic",
        "https://api.anthropic.com",
        "An admin key of the organization (sk-ant-admin…)",
        models.anthropic_headers,
        models.anthropic_asks,
        models.anthropic_read,
        takes=("skip_keys",),
    ),
    "supabase": Kind(
        "Supabase",
        "https://api.supabase.com",
        "A personal access token (sbp_…)",
        bearer,
        platforms.supabase_asks,
        platforms.supabase_read,
        needs=("project_ref",),
    ),
    "vercel": Kind(
        "Vercel",
        "https://api.vercel.com",
        "An access token of somebody who may see the team's bills",
        bearer,
        platforms.vercel_asks,
        platforms.vercel_read,
        takes=("team",),
    ),
    "github": Kind(
        "GitHub Actions",
        "https://api.github.com",
        "A token that may read the organization's administration",
        platforms.github_headers,
        platforms.github_asks,
        platforms.github_read,
        needs=("organization",),
    ),
    "custom": Kind(
        "Own source",
        "",
        "Sent as a bearer token, if there is one",
        bearer,
        platforms.custom_asks,
        platforms.custom_read,
        key_optional=True,
    ),
}
