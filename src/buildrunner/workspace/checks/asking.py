"""A check of kind http: one request to an address the user wrote, and its answer."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from buildrunner.evidence.expectations.answers import judge_answer
from buildrunner.evidence.expectations.definitions import text
from buildrunner.evidence.expectations.verdict import ExpectationError, Verdict, brief, failed
from buildrunner.workspace.checks.capture import KEPT, Capture

DEFAULT_TIMEOUT = 30.0
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def ask(
    definition: dict[str, Any], env: Mapping[str, str], timeout: float, output: Capture
) -> Verdict:
    """Send the request and judge the answer. Raises ExpectationError.

    Any address may be asked, loopback included: it is the user's own machine and definition.
    Redirects are answers like others; no proxy and no cookie of the machine is used.
    """
    import httpx

    method = text(definition, "method", "GET").upper()
    if method not in _METHODS:
        raise ExpectationError(f"method must be one of {', '.join(_METHODS)}, not {brief(method)}")
    url = _filled(text(definition, "url"), env, "url")
    if not url.startswith(("http://", "https://")):
        raise ExpectationError(f"url must begin with http:// or https://, not {brief(url)}")
    headers, content = _headers(definition, env), _content(definition, env, method)
    deadline = time.monotonic() + timeout
    try:
        with (
            httpx.Client(trust_env=False, timeout=timeout, verify=True) as client,
            client.stream(method, url, headers=headers, content=content) as answer,
        ):
            output.feed(f"{method} {url}\n{answer.status_code} {answer.reason_phrase}\n".encode())
            body, whole = _body(answer.iter_bytes(), deadline, timeout)
            output.feed(body)
            encoding = answer.charset_encoding or "utf-8"
    except httpx.TimeoutException:
        return failed(f"{url} did not answer within {timeout:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
        return failed(f"{url}: {problem or type(problem).__name__}")
    try:
        content_text = body.decode(encoding, "replace")
    except LookupError:
        content_text = body.decode("utf-8", "replace")
    return judge_answer(definition, answer.status_code, content_text, whole=whole)


def _body(pieces: Any, deadline: float, timeout: float) -> tuple[bytes, bool]:
    import httpx

    body = bytearray()
    for piece in pieces:
        body += piece
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout(f"no end after {timeout:g} s")
        if len(body) > KEPT:
            return bytes(body[:KEPT]), False
    return bytes(body), True


def _headers(definition: dict[str, Any], env: Mapping[str, str]) -> dict[str, str]:
    value = definition.get("headers", {})
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ExpectationError(f"headers must be an object of texts, not {brief(value)}")
    return {name: _filled(each, env, f"headers.{name}") for name, each in value.items()}


def _content(definition: dict[str, Any], env: Mapping[str, str], method: str) -> bytes | None:
    if "body" not in definition:
        return None
    if method in ("GET", "HEAD"):
        raise ExpectationError(f"a {method} request has no body")
    value = definition["body"]
    if isinstance(value, str):
        return _filled(value, env, "body").encode()
    import json

    return json.dumps(value).encode()


def _filled(template: str, env: Mapping[str, str], where: str) -> str:
    """`${NAME}` replaced by a variable that `env` names."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in env:
            raise ExpectationError(f"{where} needs ${{{match[1]}}}, which env does not give")
        return env[match[1]]

    return _VARIABLE.sub(value, template)
