"""What the environment says, read once and checked at start."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from buildrunner.server.platform.errors import OperatorProblem

# What the settings hold where nothing is set, so that tools can load them.
BUILD_KEY = "insecure-build-only-key"


class EnvironmentProblem(OperatorProblem):
    """A variable is missing or wrong; the message names it and says what it should hold."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Every variable is described in docs/reference/settings.md")


def text(name: str, default: str | None = None) -> str:
    """A variable's value; without a default it is required. An empty one counts as unset."""
    value = os.environ.get(name) or default
    if value is None:
        raise EnvironmentProblem(f"{name} is not set; `br up` sets it, or export it yourself")
    return value


def choice(name: str, default: str, *allowed: str) -> str:
    """One of some words, in whatever case; given as it stands in `allowed`."""
    value = text(name, default).upper()
    if value not in allowed:
        raise EnvironmentProblem(f"{name}={value!r} is not one of {', '.join(allowed)}")
    return value


def networks(name: str) -> list[str]:
    """Addresses or networks, separated by commas."""
    entries = [entry.strip() for entry in text(name, "").split(",") if entry.strip()]
    for entry in entries:
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise EnvironmentProblem(
                f"{name}: {entry!r} is neither an address nor a network such as 10.0.0.0/8"
            ) from None
    return entries


def flag(name: str, default: bool = False) -> bool:
    """`1/true/yes/on` or `0/false/no/off`."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentProblem(f"{name}={value!r} is neither true nor false; use 1 or 0")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number between two others, both included."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        found = int(value)
    except ValueError:
        raise EnvironmentProblem(f"{name}={value!r} is not a whole number") from None
    if not least <= found <= most:
        raise EnvironmentProblem(f"{name}={value} is not between {least} and {most}")
    return found


def core(name: str) -> int | None:
    """The number of a processor core that this process may use; `None` for no particular one."""
    value = os.environ.get(name, "")
    if value in ("", "any") or not hasattr(os, "sched_getaffinity"):
        return None
    usable = sorted(os.sched_getaffinity(0))
    if not value.isdigit() or int(value) not in usable:
        cores = ", ".join(map(str, usable))
        raise EnvironmentProblem(f"{name}={value!r} is none of this process's cores ({cores})")
    return int(value)


def refuse_build_key(key: str) -> None:
    """Refuse to serve with the key that everybody knows: it is for building and testing only."""
    if key == BUILD_KEY:
        raise EnvironmentProblem("BR_SECRET_KEY is not set; `br up` sets it, or export it yourself")


def database(url: str, name: str, *, pooled: bool = False) -> dict[str, object]:
    """Django's connection settings for a `postgresql://user:password@host:port/name` address.

    A query `?host=/folder` names a Unix socket folder, `sslmode` and others pass through. `pooled`
    says that a transaction pooler may stand between: it hands out connections by transaction, and
    a prepared statement stays behind on the one that prepared it.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise EnvironmentProblem(
            f"{name} must start with postgresql://; other databases are not supported"
        )
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    host = unquote(options.pop("host", "")) or unquote(parts.hostname or "")
    return {
        "ENGINE": "buildrunner.server.platform.db.engine",
        "NAME": unquote(parts.path.lstrip("/")) or "buildrunner",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", "") or parts.port or ""),
        "OPTIONS": {
            # Prepared statements: a small scoped read takes about two thirds of the time.
            "server_side_binding": True,
            "prepare_threshold": None if pooled else 3,
            **{key: unquote(value) for key, value in options.items()},
        },
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


MAIL_BACKENDS = {
    "outbox": "buildrunner.server.domains.identity.actions.keep_outbox.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
}


def mail(name: str, default: str) -> dict[str, object]:
    """Django's mail settings for `outbox:`, `console:` or `smtp://user:password@host:587?tls=…`.

    `tls` is `starttls` (the default), `direct` (port 465) or `none`.
    """
    parts = urlsplit(text(name, default))
    if parts.scheme not in MAIL_BACKENDS:
        raise EnvironmentProblem(f"{name} must start with outbox:, console: or smtp://")
    found: dict[str, object] = {"EMAIL_BACKEND": MAIL_BACKENDS[parts.scheme]}
    if parts.scheme != "smtp":
        return found
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    tls = options.pop("tls", "starttls")
    if tls not in {"starttls", "direct", "none"} or options or not parts.hostname:
        raise EnvironmentProblem(
            f"{name} must read smtp://user:password@host:587?tls=starttls (or direct, or none)"
        )
    try:
        port = parts.port or (465 if tls == "direct" else 587)
    except ValueError:
        raise EnvironmentProblem(f"{name} holds a port that is not one") from None
    return {
        **found,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_USE_SSL": tls == "direct",
        "EMAIL_TIMEOUT": 20,
    }


def proxy(name: str) -> str:
    """The address of an HTTP proxy, or nothing."""
    value = text(name, "")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        whole = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port is not None
        )
    except ValueError:
        whole = False
    if not whole:
        # Without the value: it may hold a password.
        raise EnvironmentProblem(f"{name} is not an address such as http://egress.example.org:3128")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder, with `~` expanded."""
    return Path(os.environ.get(name) or default).expanduser()
