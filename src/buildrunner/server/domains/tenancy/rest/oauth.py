"""OAuth for programs that know no key yet: metadata (RFC 8414), registration, tokens.

Native routes: these documents and errors have shapes of their own (RFC 6749, 5.2). Each address may
register and exchange so often a minute, together.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.answers import problem_response
from buildrunner.server.platform.http.quotas import Policy, RateLimited, admit

METADATA = "/.well-known/oauth-authorization-server"
REGISTER = "/oauth/register"
EXCHANGE = "/oauth/token"
LIMIT = 16 * 1024
_FRESH = {"Cache-Control": "no-store"}


async def metadata(_: Request) -> Response:
    """Where to register, to ask and to exchange."""
    base = settings.BR_PUBLIC_URL
    return JSONResponse(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}{EXCHANGE}",
            "registration_endpoint": f"{base}{REGISTER}",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": list(tenancy.OAUTH_SCOPES),
            "authorization_response_iss_parameter_supported": True,
        },
        headers=_FRESH,
    )


async def register(request: Request) -> Response:
    """RFC 7591, for public clients."""
    if (refused := await _counted(request)) is not None:
        return refused
    try:
        sent = json.loads(await _body(request))
        addresses = [str(one) for one in sent["redirect_uris"]]
        name = str(sent.get("client_name") or "")
        client_id = tenancy.client_id_for(name, addresses)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _error("invalid_client_metadata", "Send JSON with `redirect_uris`.")
    except DomainError as wrong:
        return _error("invalid_redirect_uri", wrong.detail)
    return JSONResponse(
        {
            "client_id": client_id,
            "client_name": name,
            "redirect_uris": addresses,
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        },
        status_code=201,
        headers=_FRESH,
    )


async def exchange(request: Request) -> Response:
    """A code for a key (RFC 6749, 4.1.3, with RFC 7636)."""
    if (refused := await _counted(request)) is not None:
        return refused
    try:
        sent = dict(parse_qsl((await _body(request)).decode()))
    except ValueError:
        return _error("invalid_request", "Send a form.")
    if sent.get("grant_type") != "authorization_code":
        return _error("unsupported_grant_type", "Only `authorization_code`.")
    try:
        key = await asyncio.to_thread(_redeem, sent)
    except DomainError as wrong:
        return _error("invalid_grant", wrong.detail)
    said = {"access_token": key, "token_type": "Bearer", "scope": " ".join(tenancy.OAUTH_SCOPES)}
    return JSONResponse(said, headers=_FRESH)


async def _counted(request: Request) -> Response | None:
    """The refusal where an address asks too often, in the shape of both standards."""
    address = request.client.host if request.client else ""
    try:
        await asyncio.to_thread(_count, address)
    except RateLimited as refused:
        words = {"error": "temporarily_unavailable", "error_description": refused.detail}
        refused.extensions |= words
        return problem_response(refused, path=request.url.path)
    return None


def _count(address: str) -> None:
    close_old_connections()
    try:
        admit(Policy("oauth", settings.BR_RATE_LIMIT_OAUTH), address)
    finally:
        close_old_connections()


def _redeem(sent: dict[str, str]) -> str:
    close_old_connections()
    try:
        return tenancy.redeem_code(
            sent.get("code", ""),
            verifier=sent.get("code_verifier", ""),
            client_id=sent.get("client_id", ""),
            redirect_uri=sent.get("redirect_uri", ""),
        )
    finally:
        close_old_connections()


async def _body(request: Request) -> bytes:
    """At most `LIMIT` bytes; raises ValueError beyond."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > LIMIT:
            raise ValueError
    return bytes(parts)


def _error(code: str, words: str) -> Response:
    said: dict[str, Any] = {"error": code, "error_description": words}
    return JSONResponse(said, status_code=400, headers=_FRESH)
