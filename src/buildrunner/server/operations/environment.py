"""The variables a process of ours is started with."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from buildrunner.server.operations.database import keyring_of
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.errors import OperatorProblem

SETTINGS = "buildrunner.server.config.settings"
_LOCAL_HOSTS = "localhost,127.0.0.1,[::1]"


def common(data_dir: Path, public_url: str) -> dict[str, str]:
    """What every process knows: its data, its address, the key that signs sessions."""
    host = urlsplit(public_url).hostname or ""
    hosts = os.environ.get("BR_ALLOWED_HOSTS") or ",".join(
        dict.fromkeys([*_LOCAL_HOSTS.split(","), f"[{host}]" if ":" in host else host])
    )
    keyring = keyring_of(data_dir)
    keys = {
        "BR_SECRET_KEY": os.environ.get("BR_SECRET_KEY") or keyring.obtain("secret_key"),
        "BR_MASTER_KEY": os.environ.get("BR_MASTER_KEY") or keyring.obtain("master_key"),
    }
    if not os.environ.get("BR_SECRET_KEY"):
        keys["BR_SECRET_KEY_FALLBACKS"] = keyring.read("secret_key before") or ""
    if not os.environ.get("BR_MASTER_KEY"):
        keys["BR_KEYRING"] = str(keyring.path)  # a rotation is seen without a restart
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "BR_DATA_DIR": str(data_dir),
        "BR_PUBLIC_URL": public_url,
        "BR_ALLOWED_HOSTS": hosts,
        **keys,
        "PYTHONUNBUFFERED": "1",
    }


def for_owner(base: dict[str, str], databases: Databases) -> dict[str, str]:
    """For migrations and the first rows."""
    return {**base, **databases.environment(), "BR_DATABASE_ROLE": "owner"}


def for_web(base: dict[str, str], databases: Databases) -> dict[str, str]:
    """For web and worker: the owner's address is not among what they know."""
    known = {**base, **databases.environment(), "BR_DATABASE_ROLE": "web"}
    known["DATABASE_URL"] = databases.web
    del known["DATABASE_DIRECT_URL"]
    return known


def own_core() -> dict[str, str]:
    """The only web process of a machine stays on its last core, where there are several."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return {"BR_WEB_CORE": str(usable[-1])} if len(usable) > 1 else {}


def public_url(port: int) -> str:
    """The address people use. Passkeys need a name, so it is `localhost` rather than a number."""
    given = os.environ.get("BR_PUBLIC_URL", "").rstrip("/")
    if not given:
        return f"http://localhost:{port}"
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise OperatorProblem(
            f"BR_PUBLIC_URL={given!r} is not an address of a server.",
            hint="It holds scheme and host, and a port where one is typed: https://plans.example.org",
        )
    return given
