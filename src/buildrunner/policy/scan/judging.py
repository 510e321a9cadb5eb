"""Whether what matched is a secret: entropy, check digits, stand-ins, words and surroundings.

Each judgement takes the candidate and where it stands, and says yes or no. They are what keeps
ordinary code quiet; the patterns alone match far too much.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Callable
from math import log2
from typing import NamedTuple

from buildrunner.policy.scan import words
from buildrunner.spec.tokens import is_specimen

# Bits a character, as detect-secrets sets them.
HEX_LIMIT, BASE64_LIMIT = 3.0, 4.5
# Longer ones are embedded data.
_LONGEST = 512
_LARGE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = [0.0, *(n * log2(n) for n in range(1, _LONGEST + 1))]
_BASE64 = _LARGE + _LARGE.lower() + b"0123456789+/_-"


class Candidate(NamedTuple):
    """A match: the text it stands in, and the bounds of the secret and of its line there."""

    data: bytes
    start: int
    end: int
    line_start: int
    line_end: int
    path: str
    match_start: int

    @property
    def secret(self) -> bytes:
        return self.data[self.start : self.end]

    @property
    def before(self) -> bytes:
        """The line up to the secret, at most 300 bytes of it, in small letters."""
        return self.data[max(self.line_start, self.start - 300) : self.start].lower()

    @property
    def after(self) -> bytes:
        """The line behind the secret, at most 300 bytes of it."""
        return self.data[self.end : min(self.line_end, self.end + 300)]


def entropy(text: bytes) -> float:
    """Shannon's entropy of the bytes, in bits each."""
    size = len(text)
    if size >= len(_WEIGHTS):
        return -sum(n / size * log2(n / size) for n in Counter(text).values())
    # The same as log2(size) - sum(n log2 n) / size, which needs no logarithm for each.
    weight = sum(map(_WEIGHTS.__getitem__, map(text.count, set(text))))
    return log2(size) - weight / size if size else 0.0


def looks_random(text: bytes, limit: float = 3.0) -> bool:
    """Whether it is neither words nor a sequence nor a repetition."""
    return entropy(text) >= limit and words.worded(text) < 0.7 and not words.is_sequence(text)


def token(candidate: Candidate) -> bool:
    """A token of a known shape, unless documentation made it up."""
    secret = candidate.secret
    return not is_specimen(secret) and not words.is_placeholder(secret)


def random(candidate: Candidate) -> bool:
    """A shape that ids and words share: it must also look random, with a digit in it."""
    secret = candidate.secret
    if not token(candidate):
        return False
    digits = _has_digit(secret)
    return (digits or (secret.islower() and len(secret) == 24)) and looks_random(secret)


def jwt(candidate: Candidate) -> bool:
    """Three parts, the first two JSON objects (RFC 7519)."""
    parts = candidate.secret.split(b".")
    try:
        for part in parts[:2]:
            decoded = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
            if not isinstance(json.loads(decoded), dict):
                return False
    except (binascii.Error, ValueError):
        return False
    return True


def private_key(candidate: Candidate) -> bool:
    """The header of a key with key material behind it; the header alone is only a name."""
    body = candidate.data[candidate.end : candidate.end + 2000]
    if candidate.secret.startswith(b"PuTTY"):
        return b"Private-Lines" in candidate.data[candidate.end : candidate.end + 20_000]
    runs = re.findall(rb"[A-Za-z0-9+/=]{24,}", body.split(b"-----END")[0])
    return sum(map(len, runs)) >= 48 and len(set(b"".join(runs))) >= 20


def url_password(candidate: Candidate) -> bool:
    """A password in an address that is neither a variable nor documentation."""
    secret = candidate.secret
    if _is_reference(candidate) or words.is_placeholder(secret) or words.is_dull(secret):
        return False
    if secret.isdigit() and len(secret) <= 5:
        return False  # a port before a path such as user:8080@
    host = candidate.after[1:].lower()
    specimen_host = host.startswith((b"example.", b"host", b"localhost", b"127.0.0.1", b"server"))
    user = candidate.data[candidate.match_start : candidate.start].rpartition(b"/")[2][:-1]
    if secret == user or (specimen_host and not _has_variety(secret)):
        return False
    return not (secret.isalpha() and words.is_worded(secret) and len(secret) < 16)


def keyword(candidate: Candidate) -> bool:
    """The value of something that is called a password, a secret or a key."""
    secret = candidate.secret
    if len(secret) < 6 or len(secret) > _LONGEST or _is_reference(candidate):
        return False
    if words.is_placeholder(secret) or words.is_dull(secret) or words.is_location(secret):
        return False
    if b" " in secret and not (_has_digit(secret) and _has_variety(secret)):
        return False  # a sentence
    if _describes(candidate) or words.is_code(secret):
        return False
    if b"token" in candidate.before[-60:] and not _strong_name(candidate):
        return _is_token(secret)
    if words.is_name(secret):
        return False
    return _has_variety(secret)


def c_keyword(candidate: Candidate) -> bool:
    """`secret("value")`, which is an initialisation only in C and C++."""
    suffix = candidate.path.rpartition(".")[2].lower()
    return suffix in ("c", "cc", "cpp", "cxx", "h", "hh", "hpp", "m", "mm") and keyword(candidate)


def plain_keyword(candidate: Candidate) -> bool:
    """The same without quotes, in a configuration file."""
    secret = candidate.secret
    if len(secret) < 5 or _is_reference(candidate) or words.is_code(secret):
        return False
    if words.is_placeholder(secret) or words.is_location(secret) or _describes(candidate):
        return False
    rest = candidate.after.strip()
    if rest and not rest.startswith((b"#", b";", b"//", b"&", b",")):
        return False  # more words: a sentence
    if secret.isdigit() or words.is_dull(secret) or words.is_setting(secret):
        return False
    if b"token" in candidate.before[-60:] and not _strong_name(candidate):
        return _is_token(secret)
    return not words.is_name(secret) or _ends_in_password(candidate)


def hexadecimal(candidate: Candidate) -> bool:
    """A quoted run of hexadecimal digits that is not called a checksum."""
    secret = candidate.secret
    size = len(secret)
    if size > _LONGEST or secret.isdigit() or words.is_sequence(secret):
        return False
    if not _has_digit(secret) or secret not in (secret.lower(), secret.upper()):
        return False
    limit = HEX_LIMIT if size >= 20 else 2.6
    return entropy(secret) >= limit and not _is_checksum(candidate)


def plain_hexadecimal(candidate: Candidate) -> bool:
    """The same as a value without quotes."""
    return _ends_the_line(candidate) and hexadecimal(candidate)


def ends_in_random(text: bytes) -> bool:
    """Whether a text ends in base64 characters that may be random; most are names and paths."""
    text = text.rstrip(b"=")
    return _may_be_random(text[len(text.rstrip(_BASE64)) :])


def _may_be_random(secret: bytes) -> bool:
    if len(secret) > _LONGEST:
        return False
    if secret.islower() or secret.isupper():
        return not _is_joined(secret) and _has_digit(secret)
    if _has_digit(secret):
        # Words with a number behind them, as in Patch-Meter-build-49.
        bare = secret.rstrip(b"0123456789")
        return not (bare.endswith((b"-", b"_", b"/")) and not _has_digit(bare))
    return not _is_joined(secret) and not _is_identifier(secret)


def _is_joined(text: bytes) -> bool:
    return b"_" in text or b"-" in text or b"/" in text


def base64_string(candidate: Candidate) -> bool:
    """A quoted run of base64 characters of high entropy that is not made of words."""
    secret = candidate.secret
    if not _may_be_random(secret.rstrip(b"=")):
        return False
    if not secret.strip(b"0123456789abcdefABCDEF-") or words.UUID.search(secret):
        return False  # the rule for hexadecimal tells of it; and names with a UUID
    # Few characters cannot reach the limit: of 24 even different ones have 4.6 bits at most.
    limit = min(BASE64_LIMIT, 0.88 * log2(len(secret)))
    if entropy(secret) < limit or words.is_sequence(secret) or words.is_worded(secret):
        return False
    return not words.is_placeholder(secret) and not _is_checksum(candidate)


def plain_base64(candidate: Candidate) -> bool:
    """The same as a value without quotes."""
    return _ends_the_line(candidate) and base64_string(candidate)


def _has_digit(text: bytes) -> bool:
    return len(text.translate(None, b"0123456789")) != len(text)


def _is_identifier(text: bytes) -> bool:
    """Whether letters without a digit are a name, as nearly all of them are."""
    if b"_" in text or b"-" in text:
        return True
    large = 1 - len(text.translate(None, _LARGE)) / len(text)
    # Of random letters half are large, of camel case a fifth.
    return not 0.3 < large < 0.75 or words.worded(text) > 0.2


def _is_token(text: bytes) -> bool:
    """Whether a value called a token is one: much is called so that is none."""
    random_enough = len(text) >= 12 and _has_digit(text) and looks_random(text)
    return random_enough and not words.UUID.fullmatch(text)


def _has_variety(text: bytes) -> bool:
    """Letters with digits or signs: what rules for passwords ask for."""
    letters = any(chr(code).isalpha() for code in text)
    others = any(not chr(code).isalpha() and code not in b" _-." for code in text)
    return letters and others and len(set(text)) >= 4


def _ends_the_line(candidate: Candidate) -> bool:
    rest = candidate.after.strip()
    return not rest or rest.startswith((b"#", b";"))


def _is_reference(candidate: Candidate) -> bool:
    """A variable, a template or a look-up instead of a value."""
    secret = candidate.secret
    if words.is_template(secret):
        return True
    opening = candidate.data[max(candidate.line_start, candidate.start - 3) : candidate.start]
    formatted = opening[-1:] in (b'"', b"'") and opening[-2:-1] in (b"f", b"F")
    return (formatted or opening[-1:] == b"`") and b"{" in secret


def _strong_name(candidate: Candidate) -> bool:
    return any(name in candidate.before[-60:] for name in (b"passw", b"secret", b"pwd", b"key"))


def _ends_in_password(candidate: Candidate) -> bool:
    """Whether the name says password and nothing else: then words are one too."""
    name = candidate.before.rstrip(b" \t:=\"'").rpartition(b" ")[2]
    return name.endswith((b"password", b"passwd", b"pwd", b"passphrase", b"_pass"))


def _describes(candidate: Candidate) -> bool:
    """Whether the name says that the value only belongs to a secret: its hash, id, file, length."""
    name = candidate.before[-60:]
    hashed = any(word in name for word in (b"hash", b"digest", b"checksum", b"fingerprint"))
    return hashed or words.ATTRIBUTE.search(name) is not None


def _is_checksum(candidate: Candidate) -> bool:
    """Whether the line calls it a checksum, a revision or an id, and not a secret too."""
    line = candidate.before + b" " + candidate.after.lower()
    if words.SECRET_WORD.search(line):
        return False
    return words.CHECKSUM_WORD.search(line) is not None or words.is_data_file(candidate.path)


# A first look at the end of a match without its closing quote, before anything else is done: where
# it says no, the judgement would.
LOOKS: dict[str, Callable[[bytes], bool]] = {"base64": ends_in_random}
CHECKS: dict[str, Callable[[Candidate], bool]] = {
    "token": token,
    "random": random,
    "jwt": jwt,
    "private_key": private_key,
    "url_password": url_password,
    "keyword": keyword,
    "c_keyword": c_keyword,
    "plain_keyword": plain_keyword,
    "hexadecimal": hexadecimal,
    "plain_hexadecimal": plain_hexadecimal,
    "base64": base64_string,
    "plain_base64": plain_base64,
}
