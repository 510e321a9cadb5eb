"""One product that these tests harm, and that comes back by itself between them."""

from collections.abc import Iterator

import pytest

from kits.product import Product


@pytest.fixture(scope="session")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with a PostgreSQL of its own."""
    running = Product(tmp_path_factory.mktemp("harmed") / "data", embedded=True)
    yield running
    assert running.stop() in {0, 130}
