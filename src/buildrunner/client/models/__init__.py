"""The shapes of answers. Members a newer server adds are ignored, missing ones are an error.

Times are RFC 3339 in UTC, ids are strings.
"""

from buildrunner.client.models.access_reviews import (
    AccessReview as AccessReview,
    AccessReviewItem as AccessReviewItem,
)
from buildrunner.client.models.agents import (
    Agent as Agent,
    AgentKey as AgentKey,
    NewAgent as NewAgent,
)
from buildrunner.client.models.analytics import (
    Figure as Figure,
    FigureBreakdown as FigureBreakdown,
    FigurePart as FigurePart,
    FigureRow as FigureRow,
    FigureRows as FigureRows,
    FigureRowsGroup as FigureRowsGroup,
    FigureSection as FigureSection,
    Measures as Measures,
)
from buildrunner.client.models.anomalies import Anomaly as Anomaly, AnomalyCause as AnomalyCause
from buildrunner.client.models.blueprints import (
    AppliedBlueprints as AppliedBlueprints,
    Blueprint as Blueprint,
    BlueprintDetail as BlueprintDetail,
    BlueprintFindings as BlueprintFindings,
    BlueprintInstallation as BlueprintInstallation,
    BlueprintVersion as BlueprintVersion,
    MarketplaceEntry as MarketplaceEntry,
)
from buildrunner.client.models.budgets import (
    Budget as Budget,
    BudgetApproval as BudgetApproval,
    Quota as Quota,
    Saving as Saving,
)
from buildrunner.client.models.channels import (
    Channel as Channel,
    ChannelAttempt as ChannelAttempt,
    ChannelDelivery as ChannelDelivery,
    ChannelDeliveryDetail as ChannelDeliveryDetail,
    Replayed as Replayed,
)
from buildrunner.client.models.drafts import (
    AcceptedDraft as AcceptedDraft,
    Draft as Draft,
    DraftSummary as DraftSummary,
)
from buildrunner.client.models.drift import (
    ConflictChoice as ConflictChoice,
    DriftReport as DriftReport,
    ProjectDrift as ProjectDrift,
)
from buildrunner.client.models.explanations import (
    Explanation as Explanation,
    NarrativeSection as NarrativeSection,
    Sentence as Sentence,
    Tour as Tour,
    TourStop as TourStop,
)
from buildrunner.client.models.governance import (
    Approvals as Approvals,
    ChangeRequest as ChangeRequest,
    ChangeRequestDetail as ChangeRequestDetail,
    CheckRun as CheckRun,
    GivenApproval as GivenApproval,
    JudgedChange as JudgedChange,
    NeededApproval as NeededApproval,
    PolicyFinding as PolicyFinding,
    PolicyText as PolicyText,
    PolicyValidation as PolicyValidation,
    PolicyVersion as PolicyVersion,
    PostReview as PostReview,
    RuleChange as RuleChange,
    Simulated as Simulated,
    Simulation as Simulation,
    Vote as Vote,
    Waiver as Waiver,
)
from buildrunner.client.models.ledger import (
    Checkpoint as Checkpoint,
    Consistency as Consistency,
    Inclusion as Inclusion,
    LedgerDestination as LedgerDestination,
    LedgerEntry as LedgerEntry,
    LedgerErasure as LedgerErasure,
    LedgerPiece as LedgerPiece,
    LedgerRecord as LedgerRecord,
    LedgerSettings as LedgerSettings,
    NewLedgerDestination as NewLedgerDestination,
    SigningKey as SigningKey,
)
from buildrunner.client.models.models import (
    Arbitrated as Arbitrated,
    ArbitratedAnswer as ArbitratedAnswer,
    Arbitration as Arbitration,
    JudgePass as JudgePass,
    ModelAdvice as ModelAdvice,
    ModelCandidate as ModelCandidate,
    ModelDay as ModelDay,
    ModelDecision as ModelDecision,
    ModelEval as ModelEval,
    ModelFigures as ModelFigures,
    ModelPerformance as ModelPerformance,
    ModelProfile as ModelProfile,
    ModelRecord as ModelRecord,
    ModelRoute as ModelRoute,
    ModelSettings as ModelSettings,
    ModelTrend as ModelTrend,
    ModelTrial as ModelTrial,
    ModelVerdict as ModelVerdict,
)
from buildrunner.client.models.notifications import (
    Marked as Marked,
    Notification as Notification,
    NotificationKind as NotificationKind,
    NotificationPreferences as NotificationPreferences,
    QuietHours as QuietHours,
    Unread as Unread,
    Watch as Watch,
    WatchChoice as WatchChoice,
)
from buildrunner.client.models.people import (
    DeviceGrant as DeviceGrant,
    DeviceKey as DeviceKey,
    Invitation as Invitation,
    Key as Key,
    KeyInfo as KeyInfo,
    Me as Me,
    Member as Member,
    NewKey as NewKey,
    Organization as Organization,
    OrganizationDetail as OrganizationDetail,
    OrganizationExport as OrganizationExport,
    OwnInvitation as OwnInvitation,
    ProjectRole as ProjectRole,
    Seats as Seats,
    Security as Security,
    ServiceAccount as ServiceAccount,
    Session as Session,
    Team as Team,
    TeamMember as TeamMember,
    Tier as Tier,
)
from buildrunner.client.models.plans import (
    Author as Author,
    Claim as Claim,
    Comparison as Comparison,
    Edited as Edited,
    ImportedProject as ImportedProject,
    Listing as Listing,
    Project as Project,
    Revision as Revision,
    Saved as Saved,
    ServerEvent as ServerEvent,
    StoredPlan as StoredPlan,
    Synced as Synced,
)
from buildrunner.client.models.presence import (
    PresenceEntry as PresenceEntry,
    PresencePlace as PresencePlace,
)
from buildrunner.client.models.proof import (
    CheckState as CheckState,
    CriterionState as CriterionState,
    EvidenceDetail as EvidenceDetail,
    EvidenceRecord as EvidenceRecord,
    MicrostepProof as MicrostepProof,
    Proof as Proof,
    ProofCounts as ProofCounts,
    Quarantine as Quarantine,
    RejectedRecord as RejectedRecord,
    Rerun as Rerun,
    SignOff as SignOff,
    TakenEvidence as TakenEvidence,
)
from buildrunner.client.models.providers import (
    ModelProvider as ModelProvider,
    ProviderTrial as ProviderTrial,
)
from buildrunner.client.models.reports import (
    Report as Report,
    ReportListing as ReportListing,
    ReportMeasure as ReportMeasure,
    ReportSchedule as ReportSchedule,
)
from buildrunner.client.models.runs import (
    AgentRun as AgentRun,
    AgentRunCost as AgentRunCost,
    AgentRunStory as AgentRunStory,
)
from buildrunner.client.models.talk import (
    Attachment as Attachment,
    Card as Card,
    Comment as Comment,
    CommentEdit as CommentEdit,
    Issue as Issue,
    Mentionable as Mentionable,
    Promotion as Promotion,
    Reaction as Reaction,
)
from buildrunner.client.models.timeline import (
    Durations as Durations,
    Forecast as Forecast,
    MilestoneProgress as MilestoneProgress,
    Progress as Progress,
    Timeline as Timeline,
    TimelineEvent as TimelineEvent,
    TimelineLane as TimelineLane,
)
from buildrunner.client.models.usage import (
    Price as Price,
    PriceQuote as PriceQuote,
    ReconciledModel as ReconciledModel,
    Reconciliation as Reconciliation,
    RecordedUsage as RecordedUsage,
    Repricing as Repricing,
    UsageAdjustment as UsageAdjustment,
    UsageBatch as UsageBatch,
    UsageEvent as UsageEvent,
    UsageLimit as UsageLimit,
    UsageOutcome as UsageOutcome,
    UsagePeriod as UsagePeriod,
    UsageSum as UsageSum,
)
from buildrunner.client.models.usage_sources import (
    Collection as Collection,
    UsageSource as UsageSource,
)
from buildrunner.client.models.webhooks import (
    Attempt as Attempt,
    Delivery as Delivery,
    DeliveryDetail as DeliveryDetail,
    NewWebhook as NewWebhook,
    Replay as Replay,
    Webhook as Webhook,
)
from buildrunner.client.models.workbench import ContextPack as ContextPack, Rescope as Rescope
