"""The door to models."""

from buildrunner.server.domains.ai.actions.complete import complete
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
from buildrunner.server.domains.ai.queries.evaluating import evaluate
from buildrunner.server.domains.ai.queries.explaining import explain, overview, tour
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
from buildrunner.server.domains.ai.rules.routing import grade
from buildrunner.server.domains.ai.types.completions import Attempt, Completion, Message
from buildrunner.server.domains.ai.types.evals import Case, Judgement
from buildrunner.server.domains.ai.types.explanations import Audience, Explanation, Scope, Tour
from buildrunner.server.domains.ai.types.providers import ProviderView, Trial, Upstream
from buildrunner.server.domains.ai.types.routing import RouteView

__all__ = [
    "Attempt",
    "Audience",
    "Case",
    "Completion",
    "Explanation",
    "Judgement",
    "Message",
    "NoModel",
    "Place",
    "ProviderView",
    "QualityTooLow",
    "RouteView",
    "Scope",
    "Tour",
    "Trial",
    "Upstream",
    "add_provider",
    "candidate_json",
    "change_provider",
    "choose",
    "compare",
    "complete",
    "evaluate",
    "explain",
    "find_place",
    "get_provider",
    "grade",
    "home_of",
    "list_routes",
    "list_settings",
    "overview",
    "overview_markdown",
    "overview_pdf",
    "prices",
    "profiles",
    "project_meant",
    "providers",
    "recommend",
    "remove_profile",
    "remove_provider",
    "report_outcome",
    "route_task",
    "set_profile",
    "set_task_settings",
    "tour",
    "try_provider",
    "upstream_for",
    "upstreams",
    "word_explanation",
]
