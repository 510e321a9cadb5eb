"""Settings every test shares: bounded, deterministic property tests."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

DATA = Path(__file__).parent / "data"


@pytest.fixture
def data_dir() -> Path:
    """The folder of real inputs that tests read."""
    return DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: once started, Playwright keeps an event loop running in its thread.

    Synchronous database code refuses to run beside one. A file goes as a whole.
    """
    driving = {item.path for item in items if "playwright" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in driving)
