"""An authenticator app (RFC 6238 over RFC 4226): SHA-1, six digits, half a minute."""

import base64
import hashlib
import hmac
import struct
import time


def code(secret: str, later: int = 0) -> str:
    """What the app shows now, or `later` half minutes from now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + later)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
