"""A receiving server that the product is allowed to reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kits.receiver import Receiver


@pytest.fixture
def reachable(settings: Any) -> None:
    """The operator allows this machine, and plain HTTP."""
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]
    settings.BR_OUTBOUND_HTTP = True


@pytest.fixture
def receiver(reachable: None) -> Iterator[Receiver]:
    """A server outside."""
    with Receiver() as one:
        yield one
