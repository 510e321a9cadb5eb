"""The policy as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from buildrunner.policy.shape import changes, surroundings
from buildrunner.policy.shape.kinds import (
    ActionName,
    Branch,
    Name,
    Names,
    Path,
    Paths,
    Phases,
    Role,
    Said,
    Text,
)


class PhaseRules(Struct):
    """What differs in some phases."""

    phases: Annotated[
        Said[Phases],
        Meta(description="Labels or numbers of milestones; the key itself if absent."),
    ] = UNSET
    protected_paths: Annotated[
        Said[Paths], Meta(description="Protected in these phases beside the others.")
    ] = UNSET
    quality: Said[surroundings.Quality] = UNSET
    security: Said[surroundings.Security] = UNSET
    analytics: Said[surroundings.Analytics] = UNSET
    approvals: Said[changes.Approvals] = UNSET
    pr_requirements: Said[changes.PullRequest] = UNSET
    secret_scan: Said[changes.SecretScan] = UNSET
    microsteps: Said[changes.Microsteps] = UNSET
    risk: Said[changes.Risk] = UNSET
    require_preview: Annotated[Said[bool], Meta(description="These phases need a preview.")] = UNSET


class Global(Struct):
    """Older place of three sections, which now stand at the top."""

    quality: Said[surroundings.Quality] = UNSET
    security: Said[surroundings.Security] = UNSET
    analytics: Said[surroundings.Analytics] = UNSET


class Policy(Struct, rename={"global_": "global"}):
    """A team's rules: what a change may do, who approves it, and what surrounds it.

    Every section may be absent. Keys nobody declared are kept and warned about.
    """

    version: Annotated[
        Said[
            Annotated[
                str, Meta(pattern=r"^[0-9]+(\.[0-9]+){0,2}$", extra_json_schema={"x-loose": True})
            ]
        ],
        Meta(description="Version of this policy, for people."),
    ] = UNSET
    project_id: Said[Name] = UNSET
    description: Said[Text] = UNSET
    updated_at: Said[Text] = UNSET
    updated_by: Said[Name] = UNSET
    protected_paths: Annotated[
        Said[Annotated[list[Path | changes.ProtectedPath], Meta(max_length=1000)]],
        Meta(description="Paths and patterns, as in .gitignore, that need approval to change."),
    ] = UNSET
    approvals: Said[changes.Approvals] = UNSET
    people: Annotated[
        Said[dict[Role, Names]],
        Meta(
            description=(
                "Role → handles or e-mail addresses of those who have it, for checks without a "
                "server."
            )
        ),
    ] = UNSET
    pr_requirements: Said[changes.PullRequest] = UNSET
    secret_scan: Said[changes.SecretScan] = UNSET
    risk: Said[changes.Risk] = UNSET
    microsteps: Said[changes.Microsteps] = UNSET
    branches: Annotated[
        Said[dict[Branch, changes.BranchRules]],
        Meta(description="Branch or pattern → what holds for changes into it."),
    ] = UNSET
    quality: Said[surroundings.Quality] = UNSET
    security: Said[surroundings.Security] = UNSET
    analytics: Said[surroundings.Analytics] = UNSET
    budget: Said[surroundings.Budget] = UNSET
    phases: Annotated[
        Said[dict[Name, PhaseRules]], Meta(description="Name → what differs in some phases.")
    ] = UNSET
    violations: Annotated[
        Said[dict[Name, ActionName | Literal["review"] | surroundings.Violation]],
        Meta(description="Rule, or kind of rules → what a denial leads to; `default` for all."),
    ] = UNSET
    evidence: Said[surroundings.Evidence] = UNSET
    waivers: Said[surroundings.Waivers] = UNSET
    emergency: Said[surroundings.Emergency] = UNSET
    audit: Said[surroundings.Audit] = UNSET
    notifications: Said[surroundings.Notifications] = UNSET
    integrations: Said[surroundings.Integrations] = UNSET
    previews: Said[surroundings.Previews] = UNSET
    require_preview_for_phase: Annotated[
        Said[Phases], Meta(description="The same as in `integrations` and `previews`.")
    ] = UNSET
    design_system: Said[surroundings.DesignSystem] = UNSET
    global_: Said[Global] = UNSET
