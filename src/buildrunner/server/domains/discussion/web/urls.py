"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.domains.discussion.web import changes, pages

_ALL = "projects/<uuid:project_id>/discussion"

urlpatterns = [
    path(_ALL, pages.threads),
    path(f"{_ALL}/preview", pages.preview),
    path(f"{_ALL}/say", changes.say),
    path(f"{_ALL}/watch", changes.follow),
    path(f"{_ALL}/<uuid:comment_id>", pages.one),
    path(f"{_ALL}/<uuid:comment_id>/fragment", pages.fragment),
    path(f"{_ALL}/<uuid:comment_id>/edit", changes.edit),
    path(f"{_ALL}/<uuid:comment_id>/delete", changes.delete),
    path(f"{_ALL}/<uuid:comment_id>/settle", changes.settle),
    path(f"{_ALL}/<uuid:comment_id>/react", changes.react),
    path(f"{_ALL}/<uuid:comment_id>/promote", changes.promote),
    path(f"{_ALL}/<uuid:comment_id>/files", changes.attach),
    path(f"{_ALL}/<uuid:comment_id>/files/<uuid:attachment_id>/delete", changes.detach),
]
