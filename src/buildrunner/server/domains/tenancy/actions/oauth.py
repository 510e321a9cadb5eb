"""A program gets a key that a person let it have (OAuth 2.1: authorization code with PKCE)."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from hmac import compare_digest

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.actions.exchange_device_code import exchange_device_code
from buildrunner.server.domains.tenancy.queries.oauth_clients import client_of
from buildrunner.server.domains.tenancy.types import DeviceKey
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.errors import Invalid

#: What a key that was given this way may: build, and talk.
OAUTH_SCOPES = ("builder.run", "planner.write")
CODE_SECONDS = 120
_PURPOSE = "oauth code"


def let_program_in(actor: Actor, *, client_id: str, redirect_uri: str, challenge: str) -> str:
    """A code that the program changes for a key, once and soon. People only.

    `challenge` is that of PKCE by S256 (RFC 7636). Raises Invalid, and Forbidden as
    `decide_device_grant` does.
    """
    client = client_of(client_id)
    if not client.may_return_to(redirect_uri):
        raise Invalid("The program did not register this address.", field="redirect_uri")
    wish = identity.start_device_grant(client_name=client.name, address=str(actor.person_id))
    identity.decide_device_grant(actor, wish.user_code, approve=True)
    kept = [wish.device_code, challenge, _digest(client_id), redirect_uri, int(time.time())]
    return seal(json.dumps(kept), _PURPOSE)


def redeem_code(code: str, *, verifier: str, client_id: str, redirect_uri: str) -> str:
    """The key; raises Invalid where code, program, address and verifier do not belong together, or
    the code was used or is old."""
    refusal = Invalid("The code does not hold: begin again.", code="invalid_grant")
    try:
        device_code, challenge, program, address, at = json.loads(unseal(code, _PURPOSE))
    except (SealBroken, ValueError):
        raise refusal from None
    proof = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if (
        not compare_digest(proof, challenge)
        or program != _digest(client_id)
        or address != redirect_uri
        or not 0 <= time.time() - at <= CODE_SECONDS
    ):
        raise refusal
    answer = exchange_device_code(device_code, scopes=OAUTH_SCOPES)
    if not isinstance(answer, DeviceKey):
        raise refusal
    return answer.api_key


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
