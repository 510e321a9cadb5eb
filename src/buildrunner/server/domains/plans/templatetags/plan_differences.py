"""What differs between two plans, drawn as the history draws it; for the pages of other rooms."""

from __future__ import annotations

from typing import Any

from django import template

from buildrunner.server.domains.plans.facade import Comparison
from buildrunner.server.domains.plans.web.comparing import differences

register = template.Library()


@register.inclusion_tag("plans/parts/history/differences.html")
def plan_differences(comparison: Comparison, base: str) -> dict[str, Any]:
    """Every entity that changes; `base` is the address of the Plan page."""
    return {"differences": differences(comparison), "base": base}
