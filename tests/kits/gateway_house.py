"""A running product with fakes of the providers, and the official clients pointed at it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
import openai

from kits.model_server import ModelServer
from kits.product import Product

SECRET = "sk-upstream-0123456789"


class House:
    """A product with a fake provider of each kind, and clients for both."""

    def __init__(self, product: Product, server: ModelServer) -> None:
        self.product, self.server = product, server
        self.http = httpx.Client(
            base_url=product.url, headers={"Authorization": f"Bearer {product.api_key}"}
        )
        for kind, name, path in (
            ("openai", "Fake OpenAI", "/v1"),
            ("anthropic", "Fake Anthropic", ""),
        ):
            self.add(kind=kind, name=name, base_url=server.url + path, api_key=SECRET)
        self.openai = openai.OpenAI(
            api_key=product.api_key, base_url=f"{product.url}/v1", max_retries=0
        )
        self.anthropic = anthropic.Anthropic(
            api_key=product.api_key, base_url=product.url, max_retries=0
        )
        self.cause = {"BR-Project": product.project_id, "BR-Microstep": "no.such.step"}

    def add(self, **members: Any) -> str:
        made = self.http.post("/api/models/providers", json=members)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def used(
        self, wanted: Callable[[dict[str, Any]], bool], count: int = 1
    ) -> list[dict[str, Any]]:
        """The project's usage events that are wanted, once there are as many."""
        path = f"/api/usage/events?project_id={self.product.project_id}&limit=200"
        until = time.monotonic() + 10
        while True:
            answer = self.http.get(path)
            assert answer.status_code == 200, answer.text
            found = [one for one in answer.json()["items"] if wanted(one)]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.1)


@contextlib.contextmanager
def furnished(folder: Path, **settings: str) -> Iterator[House]:
    """A house in a folder of its own."""
    with ModelServer() as server:
        product = Product(folder, BR_ALLOW_PRIVATE_ADDRESSES="1", **settings)
        try:
            yield House(product, server)
        finally:
            product.stop()
