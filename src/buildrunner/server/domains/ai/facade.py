"""The door to models."""

from buildrunner.server.domains.ai.actions.answer import answer
from buildrunner.server.domains.ai.actions.arbitrate import arbitrate
from buildrunner.server.domains.ai.actions.complete import complete
from buildrunner.server.domains.ai.actions.keep_arbitration import decide_arbitration
from buildrunner.server.domains.ai.actions.manage_providers import (
    add_provider,
    change_provider,
    remove_provider,
    try_provider,
)
from buildrunner.server.domains.ai.actions.route_task import (
    report_outcome,
    route_task,
)
from buildrunner.server.domains.ai.actions.set_profile import remove_profile, set_profile
from buildrunner.server.domains.ai.actions.set_task_settings import set_task_settings
from buildrunner.server.domains.ai.actions.word_explanation import word_explanation
from buildrunner.server.domains.ai.errors import NoModel, QualityTooLow
from buildrunner.server.domains.ai.queries.arbitrating import get_arbitration, list_arbitrations
from buildrunner.server.domains.ai.queries.evaluating import evaluate
from buildrunner.server.domains.ai.queries.explaining import explain, overview, tour
from buildrunner.server.domains.ai.queries.performance import (
    performance,
    performance_between,
    rejected_between,
    routes_behind,
)
from buildrunner.server.domains.ai.queries.places import Place, find_place
from buildrunner.server.domains.ai.queries.projects import project_meant
from buildrunner.server.domains.ai.queries.providers import (
    choose,
    get_provider,
    home_of,
    providers,
    upstream_for,
    upstreams,
)
from buildrunner.server.domains.ai.queries.routing import (
    candidate_json,
    compare,
    list_routes,
    list_settings,
    prices,
    profiles,
    recommend,
)
from buildrunner.server.domains.ai.rules.overview import overview_markdown, overview_pdf
from buildrunner.server.domains.ai.rules.performance import as_csv as performance_csv
from buildrunner.server.domains.ai.rules.routing import grade
from buildrunner.server.domains.ai.types.arbitrations import Arbitrated, Arbitration, Criterion
from buildrunner.server.domains.ai.types.completions import Attempt, Completion, Message
from buildrunner.server.domains.ai.types.evals import Case, Judgement
from buildrunner.server.domains.ai.types.explanations import Audience, Explanation, Scope, Tour
from buildrunner.server.domains.ai.types.performance import Figures, Performance, Rejected
from buildrunner.server.domains.ai.types.providers import ProviderView, Trial, Upstream
from buildrunner.server.domains.ai.types.routing import RouteView

__all__ = [
    "Arbitrated",
    "Arbitration",
    "Attempt",
    "Audience",
    "Case",
    "Completion",
    "Criterion",
    "Explanation",
    "Figures",
    "Judgement",
    "Message",
    "NoModel",
    "Performance",
    "Place",
    "ProviderView",
    "QualityTooLow",
    "Rejected",
    "RouteView",
    "Scope",
    "Tour",
    "Trial",
    "Upstream",
    "add_provider",
    "answer",
    "arbitrate",
    "candidate_json",
    "change_provider",
    "choose",
    "compare",
    "complete",
    "decide_arbitration",
    "evaluate",
    "explain",
    "find_place",
    "get_arbitration",
    "get_provider",
    "grade",
    "home_of",
    "list_arbitrations",
    "list_routes",
    "list_settings",
    "overview",
    "overview_markdown",
    "overview_pdf",
    "performance",
    "performance_between",
    "performance_csv",
    "prices",
    "profiles",
    "project_meant",
    "providers",
    "recommend",
    "rejected_between",
    "remove_profile",
    "remove_provider",
    "report_outcome",
    "route_task",
    "routes_behind",
    "set_profile",
    "set_task_settings",
    "tour",
    "try_provider",
    "upstream_for",
    "upstreams",
    "word_explanation",
]
