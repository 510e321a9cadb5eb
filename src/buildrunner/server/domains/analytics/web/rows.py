"""The rows behind a number of the dashboard."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.web.dashboard import day_of, query_of
from buildrunner.server.domains.analytics.web.places import place
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.errors import Invalid


@never_cache
@require_GET
def rows(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """`of` names the figure, `by` and `key` a part of its breakdown; the rest as on the
    dashboard."""
    with place(request, project_id, None) as (access, context):
        assert isinstance(access, ProjectAccess)  # noqa: S101  the address names a project
        names = ("of", "by", "key", "from", "to", "who", "phase")
        asked = {name: request.GET.get(name, "")[:512] for name in names}
        narrowed = {"who": asked["who"], "phase": asked["phase"]}
        try:
            found = analytics.rows_behind(
                access,
                asked["of"] or "finished",
                by=asked["by"],
                key=asked["key"],
                first=day_of(asked["from"]),
                last=day_of(asked["to"]),
                **narrowed,
            )
        except Invalid as wrong:
            context |= {"refusal": wrong.detail, "tab": "dashboard"}
            return render(request, "analytics/rows.html", context, status=422)
        period = {"from": f"{found.chosen.first}", "to": f"{found.chosen.last}"}
        context |= {
            "found": found,
            "tab": "dashboard",
            "words": analytics.figure_words(found.figure.value, found.figure.unit),
            "back": f"{context['base']}?{query_of(period | narrowed)}",
            "groups": [
                {
                    "group": group,
                    "total": analytics.figure_words(group.total, group.unit),
                    "rows": [
                        {"one": one, "words": analytics.figure_words(one.value, group.unit)}
                        for one in group.rows
                    ],
                }
                for group in found.groups
            ],
        }
        return render(request, "analytics/rows.html", context)
