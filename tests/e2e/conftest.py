"""One running product for the tests that walk through all of it."""

from collections.abc import Iterator

import pytest
from kits.product import Product


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product, started once a run."""
    running = Product(tmp_path_factory.mktemp("product") / "data")
    yield running
    running.stop()
