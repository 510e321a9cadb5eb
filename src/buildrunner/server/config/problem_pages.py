"""What the `type` of a problem leads to: a page about its code, open to everybody."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TypedDict

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET


class ProblemType(TypedDict):
    """One code: its status and title, what it means, and how answers word it (`…` stands for what
    differs)."""

    code: str
    status: int
    title: str
    meaning: str
    wordings: list[str]


@cache
def catalogue() -> dict[str, ProblemType]:
    """Every code that the server answers; a test compares the file with the code."""
    text = (files("buildrunner.server.config") / "problem_types.json").read_text("utf-8")
    return {entry["code"]: entry for entry in json.loads(text)}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All of them."""
    return render(request, "problems/index.html", {"problems": list(catalogue().values())})


@require_GET
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """One of them."""
    found = catalogue().get(code)
    if found is None:
        raise Http404(code)
    return render(request, "problems/problem.html", {"problem": found})


urlpatterns = [path("problems", index), path("problems/<slug:code>", problem)]
