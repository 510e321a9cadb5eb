"""The address of the component gallery."""

from __future__ import annotations

from django.urls import path

from buildrunner.server.platform.ui import gallery

urlpatterns = [path("design", gallery.design)]
