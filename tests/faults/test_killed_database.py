"""PostgreSQL killed under load: it comes back by itself, and what was acknowledged is there."""

import signal
import time
from collections import Counter

import pytest

from kits import processes
from kits.load import Follower, Load
from kits.product import Product

pytestmark = pytest.mark.e2e


def test_postgresql_killed_and_restarted_under_load(harmed: Product) -> None:
    load = Load(harmed.url, harmed.api_key)
    reader = Follower(harmed.url, harmed.api_key, load.project)
    away: list[float] = []
    with reader.following(), load:
        load.await_writes(20)
        # The whole server, without a chance to say goodbye; then at once, as on a lost machine;
        # then one session of it, upon which PostgreSQL itself ends all others.
        for needle, number in (
            (processes.POSTMASTER, signal.SIGKILL),
            (processes.POSTMASTER, signal.SIGQUIT),
            ("postgres: buildrunner_web", signal.SIGKILL),
        ):
            assert processes.kill(harmed.process.pid, needle, number)
            began = time.monotonic()
            load.await_writes(20)
            away.append(time.monotonic() - began)
        load.stop()
        reader.await_revision(max(load.acknowledged.values()))
    load.check()
    print(
        f"{len(load.acknowledged)} writes, answers {dict(load.answers)}, "
        f"20 writes later after {', '.join(f'{one:.1f}' for one in away)} s"
    )
    assert set(load.answers) <= {200, 503}
    # The event stream told every revision once, over every reconnection.
    assert Counter(reader.revisions) == Counter(range(load.first + 1, max(reader.revisions) + 1))
