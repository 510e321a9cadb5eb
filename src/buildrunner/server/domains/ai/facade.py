"""The door to models."""

from buildrunner.server.domains.ai.queries.explaining import explain, overview, tour
from buildrunner.server.domains.ai.queries.projects import project_meant
from buildrunner.server.domains.ai.rules.overview import overview_markdown, overview_pdf
from buildrunner.server.domains.ai.types.explanations import Audience, Explanation, Scope, Tour

__all__ = [
    "Audience",
    "Explanation",
    "Scope",
    "Tour",
    "explain",
    "overview",
    "overview_markdown",
    "overview_pdf",
    "project_meant",
    "tour",
]
