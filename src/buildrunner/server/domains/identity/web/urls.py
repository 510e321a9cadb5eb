"""Addresses of the pages of signing in."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.identity.web import pages

urlpatterns = [
    path("sign-in", pages.sign_in),
    path("sign-in/link/<str:token>", pages.sign_in_link),
    path("sign-out", pages.sign_out),
    path("device", pages.device),
]
