"""Django as a WSGI application, for the threads behind the ASGI front."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildrunner.server.config.settings")

application = get_wsgi_application()
