"""Sections about what surrounds a change: quality, cost, tools, records, emergencies."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from buildrunner.policy.shape.kinds import (
    ActionName,
    Branches,
    Count,
    Days,
    Fraction,
    Hours,
    Money,
    Name,
    Names,
    Percent,
    Phases,
    Requirements,
    Rise,
    RiskName,
    Role,
    Roles,
    Said,
    Text,
)


class Quality(Struct):
    """Measures a change must reach; judged where they are reported."""

    min_acceptance_criteria_pass_rate: Said[Percent] = UNSET
    min_test_coverage: Said[Percent] = UNSET
    max_consecutive_failures: Said[Count] = UNSET
    require_peer_review: Said[Annotated[bool, Meta(description="One approval of any role.")]] = (
        UNSET
    )
    require_architecture_review: Said[
        Annotated[bool, Meta(description="One TechLead approves.")]
    ] = UNSET
    require_integration_tests: Said[
        Annotated[bool, Meta(description="The status check `integration-tests` has passed.")]
    ] = UNSET
    require_performance_tests: Said[
        Annotated[bool, Meta(description="The status check `performance-tests` has passed.")]
    ] = UNSET


class Security(Struct):
    """Limits of risk, and who looks."""

    require_approval_for_sensitive_changes: Said[
        Annotated[bool, Meta(description="false: protected paths only alert.")]
    ] = UNSET
    max_risk_level: Said[
        Annotated[RiskName, Meta(description="Riskier microsteps are denied.")]
    ] = UNSET
    require_security_review: Said[
        Annotated[bool, Meta(description="One TechLead approves changes of protected paths.")]
    ] = UNSET
    require_security_scan: Said[
        Annotated[bool, Meta(description="The secret scan cannot be switched off.")]
    ] = UNSET


class Analytics(Struct):
    """Thresholds of cost and quality."""

    budget_alert_threshold: Said[
        Annotated[Money, Meta(description="Dollars a month; an alert only.")]
    ] = UNSET
    alert_threshold: Said[
        Annotated[Fraction, Meta(description="First alert of a budget, such as 0.8.")]
    ] = UNSET
    max_daily_cost: Said[Annotated[Money, Meta(description="Dollars a day; a hard limit.")]] = UNSET
    require_cost_approval_above: Said[Annotated[Money, Meta(description="Dollars.")]] = UNSET
    budget_enforcement: Said[Annotated[bool, Meta(description="A budget used up blocks.")]] = UNSET
    cost_spike_threshold: Said[Annotated[Rise, Meta(description="Rise that alerts.")]] = UNSET
    quality_drop_threshold: Said[Annotated[Percent, Meta(description="Fall that alerts.")]] = UNSET
    velocity_drop_threshold: Said[Annotated[Percent, Meta(description="Fall that alerts.")]] = UNSET
    require_anomaly_review: Said[
        Annotated[bool, Meta(description="Open anomalies deny changes.")]
    ] = UNSET
    anomaly_escalation_threshold: Said[RiskName] = UNSET


class Budget(Struct):
    """Hard limits of spending."""

    daily: Said[Annotated[Money, Meta(description="Dollars a day.")]] = UNSET
    monthly: Said[Annotated[Money, Meta(description="Dollars a month.")]] = UNSET
    alert_threshold: Said[Annotated[Fraction, Meta(description="First alert, such as 0.8.")]] = (
        UNSET
    )


class Violation(Struct):
    """What a denial leads to."""

    action: Said[
        Annotated[
            ActionName | Literal["review"],
            Meta(description="`review` is an older word for `approve`."),
        ]
    ] = UNSET
    notification: Said[Annotated[Name, Meta(description="Such as required or immediate.")]] = UNSET
    escalation: Said[Annotated[Role, Meta(description="Who approves or is told.")]] = UNSET


class Previews(Struct):
    """Preview environments."""

    required_for_phases: Said[Annotated[Phases, Meta(description="Phases that need one.")]] = UNSET
    require_preview_for_phase: Said[
        Annotated[Phases, Meta(description="The same, said shorter.")]
    ] = UNSET
    providers_allowed: Said[Names] = UNSET
    auto_deploy_branches: Said[Branches] = UNSET
    retention_days: Said[Days] = UNSET


class Channel(Struct):
    """One outside service and how it is told."""

    enabled: Said[bool] = UNSET
    channels: Said[dict[Name, Text]] = UNSET
    templates: Said[dict[Name, Text]] = UNSET
    webhook_url: Said[Text] = UNSET
    recipients: Said[Names] = UNSET
    create_issues: Said[bool] = UNSET
    assign_to_author: Said[bool] = UNSET
    check_runs: Said[bool] = UNSET
    commit_status: Said[bool] = UNSET
    pr_comments: Said[bool] = UNSET
    log_to_runner_events: Said[bool] = UNSET


class Monitor(Struct):
    """A system that watches."""

    enabled: Said[bool] = UNSET
    endpoint: Said[Text] = UNSET
    api_key: Said[Text] = UNSET


class Monitoring(Struct):
    """Systems that watch."""

    enabled: Said[bool] = UNSET
    alert_on_violations: Said[bool] = UNSET
    prometheus: Said[Monitor] = UNSET
    datadog: Said[Monitor] = UNSET


class Integrations(Struct):
    """Trackers, previews and other outside services."""

    integrations_allowed: Said[Annotated[Names, Meta(description="No other may be connected.")]] = (
        UNSET
    )
    external_sync_required: Said[bool] = UNSET
    max_integrations_per_project: Said[Count] = UNSET
    require_preview_for_phase: Said[Phases] = UNSET
    preview_environments: Said[Previews] = UNSET
    github: Said[Channel] = UNSET
    slack: Said[Channel] = UNSET
    email: Said[Channel] = UNSET
    supabase: Said[Channel] = UNSET
    monitoring: Said[Monitoring] = UNSET


class VisualRegression(Struct):
    """When a picture counts as changed."""

    similarity_threshold: Said[Fraction] = UNSET
    pixel_diff_threshold: Said[Count] = UNSET
    enabled_for_branches: Said[Branches] = UNSET


class ComponentParity(Struct):
    """How close components stay to their design."""

    enforce_figma_mapping: Said[bool] = UNSET
    require_component_docs: Said[bool] = UNSET
    allowed_drift_percentage: Said[Percent] = UNSET


class TokenSync(Struct):
    """How design tokens come in."""

    auto_sync_enabled: Said[bool] = UNSET
    require_manual_approval: Said[bool] = UNSET
    sync_schedule: Said[Text] = UNSET


class DesignNotices(Struct):
    """What about the design is told."""

    design_drift_alerts: Said[bool] = UNSET
    token_update_notifications: Said[bool] = UNSET
    visual_regression_failures: Said[bool] = UNSET


class DesignSystem(Struct):
    """Parity with the design."""

    design_parity_required: Said[bool] = UNSET
    design_token_threshold: Said[
        Annotated[Percent, Meta(description="Tokens that must agree.")]
    ] = UNSET
    figma_project_id: Said[Text] = UNSET
    figma_file_id: Said[Text] = UNSET
    visual_regression: Said[VisualRegression] = UNSET
    component_parity: Said[ComponentParity] = UNSET
    token_sync: Said[TokenSync] = UNSET
    notifications: Said[DesignNotices] = UNSET


class Evidence(Struct):
    """What counts as proof that a microstep is done."""

    mode: Said[
        Annotated[
            Literal["strict", "warn", "off"],
            Meta(description="Refuse what is not proven, warn, or do neither; strict if absent."),
        ]
    ] = UNSET
    counts: Said[
        Annotated[
            list[Literal["ci", "local"]],
            Meta(description="Classes of evidence that count; both if absent."),
        ]
    ] = UNSET
    self_attested: Said[
        Annotated[bool, Meta(description="One's own attestation counts; true if absent.")]
    ] = UNSET


class Retention(Struct):
    """Older spelling of how long records are kept, such as 2_years."""

    audit_logs: Said[Text] = UNSET
    cost_data: Said[Text] = UNSET
    metrics_data: Said[Text] = UNSET
    anomaly_data: Said[Text] = UNSET


class Compliance(Struct):
    """What an auditor asks for."""

    require_audit_trail: Said[bool] = UNSET
    require_data_encryption: Said[bool] = UNSET
    require_access_logging: Said[bool] = UNSET
    data_residency: Said[Text] = UNSET


PiiKind = Literal["names", "emails", "phones", "addresses", "ips", "text"]


class Audit(Struct):
    """The ledger: what is kept, how long, what is shown."""

    log_all_actions: Said[bool] = UNSET
    retention_days: Said[
        Annotated[int, Meta(ge=30, le=2555, description="How long records are kept.")]
    ] = UNSET
    export_format: Said[Literal["json", "jsonl", "csv", "xml"]] = UNSET
    include_sensitive_data: Said[
        Annotated[bool, Meta(description="false: the same as redact_pii.")]
    ] = UNSET
    redact_pii: Said[
        Annotated[bool, Meta(description="Personal data is hidden in views and exports.")]
    ] = UNSET
    redact: Said[Annotated[list[PiiKind], Meta(description="Which kinds; all if absent.")]] = UNSET
    required_events: Said[Names] = UNSET
    retention: Said[Retention] = UNSET
    compliance: Said[Compliance] = UNSET


class Notifications(Struct):
    """Who is told, and where."""

    slack: Said[Channel] = UNSET
    email: Said[Channel] = UNSET
    github: Said[Channel] = UNSET
    cost_alerts: Said[dict[Name, Roles]] = UNSET
    quality_alerts: Said[dict[Name, Roles]] = UNSET
    anomaly_alerts: Said[dict[Name, Roles]] = UNSET
    governance_alerts: Said[dict[Name, Roles]] = UNSET


class Contacts(Struct):
    """Whom to call."""

    primary: Said[Text] = UNSET
    secondary: Said[Text] = UNSET


class Overrides(Struct):
    """What an emergency may set aside."""

    cost_limits: Said[bool] = UNSET
    quality_gates: Said[bool] = UNSET
    security_checks: Said[bool] = UNSET


class Incident(Struct):
    """What follows an emergency."""

    auto_escalate_critical: Said[bool] = UNSET
    max_response_time_minutes: Said[Count] = UNSET
    require_post_incident_review: Said[bool] = UNSET


class Emergency(Struct):
    """Going past the policy, on the record."""

    bypass_enabled: Said[Annotated[bool, Meta(description="false if absent.")]] = UNSET
    bypass_roles: Said[Annotated[Roles, Meta(description="Who may.")]] = UNSET
    bypass_requires_justification: Said[Annotated[bool, Meta(description="true if absent.")]] = (
        UNSET
    )
    bypass_requires_post_review: Said[Annotated[bool, Meta(description="true if absent.")]] = UNSET
    bypass_notification_required: Said[bool] = UNSET
    post_review_hours: Said[
        Annotated[Hours, Meta(description="Until the review is due; 72 if absent.")]
    ] = UNSET
    contacts: Said[Contacts] = UNSET
    overrides: Said[Overrides] = UNSET
    incident_response: Said[Incident] = UNSET


class Waivers(Struct):
    """Limits of waivers."""

    max_days: Said[
        Annotated[Days, Meta(description="Longest time to the expiry; 90 if absent.")]
    ] = UNSET
    never: Said[Annotated[Names, Meta(description="Rules that cannot be waived.")]] = UNSET
    approvers: Said[Annotated[Requirements, Meta(description="Who grants them on the server.")]] = (
        UNSET
    )
