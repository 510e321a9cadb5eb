"""`keys`: what the keyring holds, by name and age, and new keys in the place of old ones."""

from __future__ import annotations

import os
import secrets
import time
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from buildrunner.server.platform.crypto import resealing
from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.crypto.sealing import key_name, mark_of, master_keys
from buildrunner.server.platform.errors import OperatorProblem

_PATIENCE = 90.0  # seconds; the roles' own limit for an idle transaction is 60


class Listed(NamedTuple):
    """A secret without its value. `name_in_seals` is what sealed texts call a master key."""

    name: str
    made_at: str | None
    days: int | None
    source: str
    name_in_seals: str | None = None


class Rotated(NamedTuple):
    """What became of the sealed values and of the old keys."""

    moved: int
    broken: dict[str, int]
    left: dict[str, int]
    dropped: list[str]
    kept: list[str]


def listed(keyring: Keyring) -> list[Listed]:
    """Every secret by name and age; those that the environment sets are marked."""
    found = []
    now = datetime.now(UTC)
    for name, made in keyring.ages().items():
        if name == "master_key":
            continue
        overridden = name == "secret_key" and bool(os.environ.get("BR_SECRET_KEY"))
        found.append(
            Listed(
                name,
                made.isoformat() if made else None,
                (now - made).days if made else None,
                "BR_SECRET_KEY" if overridden else keyring.path.name,
            )
        )
    made = keyring.ages().get("master_key")
    source = "BR_MASTER_KEY" if os.environ.get("BR_MASTER_KEY") else keyring.path.name
    values = (os.environ.get("BR_MASTER_KEY") or keyring.read("master_key") or "").replace(",", " ")
    for place, value in enumerate(values.split()):
        first = place == 0 and made is not None and source == keyring.path.name
        found.append(
            Listed(
                "master_key" if place == 0 else "master_key (old, opens only)",
                made.isoformat() if first and made else None,
                (now - made).days if first and made else None,
                source,
                key_name(value),
            )
        )
    return found


def rotate_master(keyring: Keyring) -> Rotated:
    """Put a new master key in front, seal everything anew, drop the old ones when nothing is left.

    The server may run: its processes read the keyring again when it changes. With `BR_MASTER_KEY`
    in the environment the operator puts the new key in front himself; this does the rest.
    """
    ours = bool(settings.BR_KEYRING)
    if ours:
        held = (keyring.read("master_key") or "").split()
        keyring.keep("master_key", " ".join([secrets.token_urlsafe(32), *held]))
    keys = master_keys()
    if len(keys) < 2 and not ours:
        raise OperatorProblem(
            "BR_MASTER_KEY holds one key, and only you can change it.",
            hint="Put a new one in front (NEW,OLD), restart every process, and run this again; "
            "when it says that nothing is left, take OLD away.",
        )
    moved, broken = 0, {}
    for old in keys[1:]:
        done = resealing.reseal_all(mark_of(old))
        moved += done.moved
    _await_running_transactions()  # one of them may have sealed with the old key
    left: dict[str, int] = {}
    dropped: list[str] = []
    kept: list[str] = []
    for old in keys[1:]:
        done = resealing.reseal_all(mark_of(old))
        moved += done.moved
        broken.update(done.broken)
        still = resealing.left_under(mark_of(old))
        left.update(still)
        (kept if still else dropped).append(old)
    if ours and dropped:
        keyring.keep("master_key", " ".join([keys[0], *kept]))
    return Rotated(
        moved, broken, left, [key_name(key) for key in dropped], [key_name(key) for key in kept]
    )


def rotate_secret(keyring: Keyring, *, forget: bool) -> None:
    """A new key for what is signed (sessions, forms); the one before it still holds.

    `forget` drops that one instead: everybody signs in anew, at the next start.
    """
    if os.environ.get("BR_SECRET_KEY"):
        raise OperatorProblem(
            "BR_SECRET_KEY is set in the environment, and only you can change it.",
            hint="Set BR_SECRET_KEY to a new one and BR_SECRET_KEY_FALLBACKS to the old one, and "
            "restart every process.",
        )
    before = keyring.read("secret_key")
    keyring.keep("secret_key", secrets.token_urlsafe(32))
    if before and not forget:
        keyring.keep("secret_key before", before)
    else:
        keyring.drop("secret_key before")


def _await_running_transactions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        mine = int(cursor.fetchone()[0])
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
            if int(cursor.fetchone()[0]) > mine:
                return
            time.sleep(0.1)
    raise OperatorProblem(
        "A transaction that began before the rotation still runs; the old key is kept.",
        hint="br server keys rotate master   (again, when it has ended)",
    )
