"""What providers are: kinds, addresses, names, and which models they serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from buildrunner.server.domains.ai.errors import ProviderInvalid
from buildrunner.server.domains.ai.types.providers import Upstream

KINDS: Final = ("openai", "anthropic", "compatible")
DEFAULT_URLS: Final = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
}
MOST_PROVIDERS: Final = 50
MOST_MODELS: Final = 200
LONGEST_MODEL: Final = 200
LONGEST_KEY: Final = 1000
MOST_FALLBACKS: Final = 5
MOST_RETRIES: Final = 5
LONGEST_TIMEOUT: Final = 3600
ANY: Final = "*"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_MODEL = re.compile(r"[!-~]{1,200}")
_KEY = re.compile(r"[!-~]{0,1000}")
# How the models of a provider begin, where no list says it.
_OF_KIND = {
    "openai": re.compile(
        r"(?:gpt-|chatgpt-|o\d|text-embedding-|codex-|computer-use-|davinci-|babbage-|ft:).*"
    ),
    "anthropic": re.compile(r"claude-.*"),
    "compatible": re.compile(r".+"),
}
# Which kinds speak which protocol. Anthropic's own address also takes chat completions.
PROTOCOLS: Final[dict[str, frozenset[str]]] = {
    "chat": frozenset(KINDS),
    "responses": frozenset({"openai", "compatible"}),
    "embeddings": frozenset({"openai", "compatible"}),
    "messages": frozenset({"anthropic", "compatible"}),
}


def checked_name(name: str) -> str:
    """A name that can stand before a model: `ollama/llama3`."""
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise ProviderInvalid(
            "A provider's name has up to 60 letters, digits, spaces, dots, - and _.", field="name"
        )
    return name


def checked_key(key: str) -> str:
    """A key as it goes into a header."""
    key = key.strip()
    if not _KEY.fullmatch(key):
        raise ProviderInvalid(
            f"A key has up to {LONGEST_KEY:,} printable ASCII characters without spaces.",
            field="api_key",
        )
    return key


def checked_models(names: Iterable[Any]) -> list[str]:
    """Models as the provider calls them, each once."""
    found = list(dict.fromkeys(names))
    if len(found) > MOST_MODELS:
        raise ProviderInvalid(f"At most {MOST_MODELS} models can be listed.", field="models")
    for name in found:
        if not isinstance(name, str) or not _MODEL.fullmatch(name):
            raise ProviderInvalid(f"{name!r} is not the name of a model.", field="models")
    return found


def checked_fallbacks(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """`{model or *: [models]}`."""
    if len(given) > MOST_MODELS:
        raise ProviderInvalid("Too many fallbacks.", field="fallbacks")
    checked: dict[str, list[str]] = {}
    for model, others in given.items():
        if not isinstance(others, list | tuple) or len(others) > MOST_FALLBACKS:
            raise ProviderInvalid(
                f"The fallbacks of {model!r} are a list of at most {MOST_FALLBACKS} models.",
                field="fallbacks",
            )
        (key,) = checked_models([model])
        checked[key] = checked_models(others)
    return checked


def checked_limits(timeout_seconds: int, retries: int) -> None:
    """How long and how often."""
    if not 1 <= timeout_seconds <= LONGEST_TIMEOUT:
        raise ProviderInvalid(
            f"timeout_seconds is 1 to {LONGEST_TIMEOUT}.", field="timeout_seconds"
        )
    if not 0 <= retries <= MOST_RETRIES:
        raise ProviderInvalid(f"retries is 0 to {MOST_RETRIES}.", field="retries")


def address(kind: str, base_url: str) -> str:
    """The base address, without a slash at its end; the kind's own where none is given.

    OpenAI's convention has the version in it (`…/v1`), Anthropic's has not.
    """
    url = base_url.strip().rstrip("/") or DEFAULT_URLS.get(kind, "")
    if not url:
        raise ProviderInvalid(
            "A compatible provider needs its address, such as http://localhost:11434/v1.",
            field="base_url",
        )
    parts = urlsplit(url)
    if parts.query:
        raise ProviderInvalid("The address must not have a query.", field="base_url")
    if kind == "anthropic":
        return url.removesuffix("/v1")
    return url if parts.path else f"{url}/v1"


def endpoint(kind: str, base_url: str, path: str) -> str:
    """Where a call goes; `path` is without the version, like `/chat/completions`."""
    return f"{base_url}/v1{path}" if kind == "anthropic" else f"{base_url}{path}"


def hint(key: str) -> str:
    """How a key ends; of a short one nothing is told."""
    return key[-4:] if len(key) >= 12 else ""


def serves(kind: str, models: Sequence[str], model: str) -> bool:
    """Whether a provider serves a model."""
    return model in models if models else _OF_KIND[kind].fullmatch(model) is not None


def billed_as(upstream: Upstream) -> str:
    """How usage and prices call a provider: its kind, or the name of a compatible one."""
    return upstream.provider.lower() if upstream.kind == "compatible" else upstream.kind


def rank(kind: str, models: Sequence[str]) -> int:
    """Who lists a model goes before whose kind serves it, and before who serves anything."""
    return 0 if models else 2 if kind == "compatible" else 1
