"""One line an event: JSON for machines, `key=value` for people. Secrets are masked in both.

Code logs with the standard library (`logging.getLogger`), with `extra={…}` for members of the
line; structlog renders. It is imported with the first line, so that commands that say nothing
start without it.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from buildrunner.server.platform.db.outage import is_outage, reason
from buildrunner.server.platform.observe import traces, visits
from buildrunner.server.platform.observe.masking import masked

ACCESS = "buildrunner.access"
_FIRST = ("time", "level", "logger", "event")


class Lines(logging.Formatter):
    """`form` is `json` or `text`."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form
        self._inner: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if self._inner is None:
            self._inner = _renderer(self._form)
        return self._inner.format(record)


class Outages(logging.Filter):
    """Lets one line pass where Django would write a traceback for each request that met an outage."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shortens the record; never drops it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and is_outage(error):
            told = (record.getMessage(), reason(error))
            record.msg, record.args = "%s (the database is away: %s)", told
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


def configuration(*, level: str, form: str, access: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.Lines", "form": form}},
        "filters": {"outages": {"()": f"{__name__}.Outages"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                "filters": ["outages"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            ACCESS: {"level": "INFO" if access else "CRITICAL"},
            # Django's own handlers would write some lines a second time, unmasked.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def _renderer(form: str) -> logging.Formatter:
    import structlog

    last: list[Any] = (
        [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
        if form == "json"
        else [_as_text]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _with_visit,
            structlog.processors.format_exc_info,
            _masked,
            *last,
        ],
    )


def _with_visit(_: Any, __: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """What is known of the request or job; Django's own extra members are objects and go."""
    line.pop("request", None)
    if "status_code" in line:
        line.setdefault("status", line.pop("status_code"))
    visit = visits.current()
    return {**(visit.known() if visit else {}), **traces.ids(), **line}


def _masked(_: Any, __: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    ordered = {name: line.pop(name) for name in _FIRST if name in line}
    return {name: masked(name, value) for name, value in {**ordered, **line}.items()}


def _as_text(_: Any, __: str, line: MutableMapping[str, Any]) -> str:
    """One line, whatever a client put into it; only a traceback takes more."""
    trace = line.pop("exception", None)
    time, level, name, event = (_flat(line.pop(key, "")) for key in _FIRST)
    members = "".join(f" {key}={_flat(value)}" for key, value in line.items())
    told = f"{time} {level.upper()} {name} {event}{members}"
    return f"{told}\n{trace}" if trace else told


def _flat(value: object) -> str:
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in str(value))
