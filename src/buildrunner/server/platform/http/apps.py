"""Django's name for the edge and its look-up functions."""

from typing import ClassVar

from django.apps import AppConfig


class HttpConfig(AppConfig):
    """Requests: what was answered to which key, and how many there were."""

    name = "buildrunner.server.platform.http"
    label = "http"

    # The answers are reached by the hash of a caller and its key, never listed; see replays.py.
    definer_functions: ClassVar[list[str]] = [
        "http_claim_answer(bytea, bytea)",
        "http_keep_answer(bytea, bytea, integer, jsonb, text)",
        "http_purge_answers()",
    ]
