"""Telling words, names, templates and stand-ins from secrets."""

from __future__ import annotations

import re
from itertools import pairwise

_STAND_INS = re.compile(
    rb"(?i)example|placeholder|redacted|dummy|change[_-]?(?:me|this|it)|replace[_-]?(?:me|this|with)"
    rb"|your[_ -]|[_ -]your|insert[_ -]|to-?do\b|fixme|fake|sample|lorem|foo_?bar|not[_ -]?a[_ -]?secret"
    rb"|x{5,}|\*{3,}|\.{3}|\xe2\x80\xa6|0{8,}|12345678?9?0?$|1234567890|abcdefgh|deadbeef|cafebabe"
)
_TEMPLATE = re.compile(
    rb"""(?x) ^\{.*\}$ | ^<.*>$ | ^\[.*\]$ | ^%.*%$ | ^\$ | \$\{ | \$\( | \{\{ | \#\{ | <%
    | %\([a-z] | ^%[sdr] | \{[a-z_0-9.]{0,40}\} | ^@ | ^__\w+__$
    | ^(?:env|vault|secret|op|ref|ssm|arn|aws-sm|gcp-sm|file|data|https?)[:+] | ^ENV\[ | ^!
    """
)
_DULL = re.compile(
    rb"(?i)^(?:(?:my|the|a|an|some|new|old|your|user|test|testing|tests|default|admin|root|demo|wrong|bad|good|valid"
    rb"|invalid|correct|super|top|db|app|api|auth|client|private|public|access|account|service|basic|bearer|plain"
    rb"|long|short|random|another|other|first|second|pass|passwd|password|pwd|passphrase|passcode|secret|key|token|tok"
    rb"|keys|secrets|tokens|credential|credentials|user(?:name)?|name|value|string|text|none|null|nil|true|false|undefined"
    rb"|foo|bar|baz|qux|spam|eggs|ham|abc|xyz|hello|world|guest|postgres|postgresql|mysql|redis|mongo|rabbitmq"
    rb"|required|optional|changeme|please|enter|empty|unset|hidden|id|oauth2?|sha256|md5|rsa|jwt|aws|gcp|ssh|ssl|tls"
    rb"|hunter|encrypted|hash|hashed|stored|1|12|123|1234|12345|123456|0|2|3)[_\-. /:]*)+[*!.:?]*$"
)
_WORDS = re.compile(rb"[A-Z]?[a-z]{3,}|[A-Z]{4,}(?![a-z])")
_VOWEL = re.compile(rb"(?i)[aeiouy]")
_UNSPEAKABLE = re.compile(
    rb"(?i)(?!ngth|ghts|tchw|ndpr|rchl|tchs)[bcdfghjklmnpqrstvwxz]{4}|q[^u]|[jqvxz][bcdfgjklmnpqtvwxz]"
)
# Camel case has humps of three letters and more; random letters change their case at once.
_PLAIN = re.compile(rb"[a-z]+|[A-Z]+|[A-Z][a-z]+|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,}|[A-Z]{2,4})+")
_NUMBERED = re.compile(
    rb"(?:[a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]+|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})+)[0-9]{0,3}|[0-9]{1,2}|[a-z]"
)
_SEQUENCES = (
    b"abcdefghijklmnopqrstuvwxyz0123456789+/-_abcdefghijklmnopqrstuvwxyz",
    b"0123456789abcdefghijklmnopqrstuvwxyz",
    b"01234567890123456789",
    b"zyxwvutsrqponmlkjihgfedcba9876543210",
    b"0123456789abcdef0123456789abcdef",
    b"qwertyuiopasdfghjklzxcvbnm",
)
UUID = re.compile(rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHECKSUM_WORD = re.compile(
    rb"sha-?[1235]|sha_|\bsha\b|md5|crc|checksum|digest|integrity|hash|etag|commit|revision|\brev\b|\brefs?\b"
    rb"|finger_?print|guid|uuid|blob|\boid\b|_id\b|\bid\b|\bids\b|version|snapshot|nonce|blake|\bhex\b|expected|hexlify|unhex"
    rb"|fromhex|a2b_|\\x"
)
# What follows the word password, secret or key in a name whose value is none.
ATTRIBUTE = re.compile(
    rb"(?:(?:_|-|\b|key|secret|password|token)ids?|ur[il]s?|names?|paths?|files?|fields?|types?|labels?|hints?|polic(?:y|ies)"
    rb"|length|size|expir[a-z]*|ttl|timeout|count|prefix|header|endpoint|format|algorithm|version|arns?|refs?|regexp?|pattern"
    rb"|rotation|date|time|help|description|placeholder|message|title|selector|input|class|param(?:eter)?)"
    rb"""["'\])]{0,2}[ \t]*(?:=>|[:=!]{1,3})[ \t]*[@$a-z]{0,2}["'`]?$"""
)
SECRET_WORD = re.compile(
    rb"passw|secret|api_?-?key|auth_?key|private_?key|priv_?key|access_?key|token|pwd|credential|encryption_?key|master_?key|signing_?key"
)
_DATA_NAMES = (
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "composer.lock", "gemfile.lock",
    "poetry.lock", "pipfile.lock", "cargo.lock", "uv.lock", "go.sum", "podfile.lock", "package.resolved",
    "packages.lock.json", "cartfile.resolved", "brewfile.lock.json", "flake.lock", "pdm.lock", "deno.lock",
)  # fmt: skip
_DATA_SUFFIXES = (
    ".lock", ".sum", ".map", ".svg", ".css", ".min.js", ".ipynb", ".pem", ".crt", ".cer", ".csv", ".tsv",
    ".po", ".pot", ".woff", ".ttf", ".snap", ".diff", ".patch", ".cast", ".har",
)  # fmt: skip
_OWN = ("buildrunner/evidence/", "buildrunner/state/", "buildrunner/keys.json")
_LOCATION = re.compile(
    rb"(?i)^(?:[./~]|[a-z]:\\|[a-z][a-z0-9+.-]*://)|\.(?:pem|key|crt|cer|json|ya?ml|py|js|ts|txt|html?|env|toml|ini|cfg|p12|jks|md|php|rb|go|sh)$"
)
_CODE = re.compile(
    rb"""(?x) \(.*\) | ^[a-z_]{2,}(?:\.[a-z_]{2,})+$ | ^(?:self|this|os|process|config|settings|request|req|args|options)\. | \[[^\]]*\][*+?]? | \\[wdsbnrt.] | => | :: | ^\^ | \|\| | &&
    | [%]\d*[sdr]\b | ^[-+=*#/_.]+$ | ;\s | ^\s | \s$ | ^:[a-z_]+$
    """
)
_SETTINGS = frozenset(
    b"true false none null yes no on off required optional string number boolean enabled disabled always never auto"
    b" default inherit internal external basic digest bearer oauth oauth2 saml oidc ldap plain file env vault".split()
)


def is_placeholder(text: bytes) -> bool:
    """Whether documentation or a template put it there to be replaced."""
    return _STAND_INS.search(text) is not None or len(set(text)) < 4


def is_template(text: bytes) -> bool:
    """Whether it refers to a value instead of being one."""
    return _TEMPLATE.search(text) is not None


def is_dull(text: bytes) -> bool:
    """Whether it only repeats what it is: `my_password`, `test-secret`, `admin123`."""
    return _DULL.match(text.replace(b"%20", b" ")) is not None


def is_setting(text: bytes) -> bool:
    """Whether it is a switch or a type."""
    return text.lower().strip(b",;") in _SETTINGS


def is_location(text: bytes) -> bool:
    """Whether it is a path, an address or the name of a file."""
    return _LOCATION.search(text) is not None


def is_code(text: bytes) -> bool:
    """Whether it is a call, an attribute, a pattern or a format."""
    return _CODE.search(text) is not None


def is_name(text: bytes) -> bool:
    """Whether it is an identifier or a label: words, at most a short number behind each."""
    parts = [part for part in re.split(rb"[_\-. /:]+", text) if part]
    if any(len(part) > 4 and not _VOWEL.search(part) for part in parts):
        return False
    if all(_PLAIN.fullmatch(part) for part in parts):
        return True
    return any(sign in text for sign in (b"_", b"-", b" ")) and all(
        _NUMBERED.fullmatch(part) for part in parts
    )


def worded(text: bytes) -> float:
    """How much of it is words in camel case or between signs: 0 to 1.

    Of random base64 hardly a fifth falls into runs that look like words.
    """
    runs = (run for run in _WORDS.findall(text) if _is_word(run))
    return sum(map(len, runs)) / max(1, len(text))


def _is_word(run: bytes) -> bool:
    """Whether letters can be spoken: a vowel in five, no four consonants but those of length."""
    vowels = len(_VOWEL.findall(run))
    return 5 * vowels >= len(run) and _UNSPEAKABLE.search(run) is None


def is_worded(text: bytes) -> bool:
    """Whether most of it is words."""
    return worded(text) > 0.5


def is_sequence(text: bytes) -> bool:
    """Whether it counts up or down, or holds long parts of an alphabet or of a keyboard row."""
    lower = text.lower()
    if any(lower in sequence for sequence in _SEQUENCES):
        return True
    steps = sum(abs(b - a) == 1 for a, b in pairwise(lower))
    return steps > 0.6 * len(text)


def is_data_file(path: str) -> bool:
    """Whether a file is made of checksums and encoded data: lock files, images, maps."""
    lower = path.lower()
    name = lower.rpartition("/")[2]
    return (
        name in _DATA_NAMES
        or lower.endswith(_DATA_SUFFIXES)
        or any(lower.startswith(own) or "/" + own in lower for own in _OWN)
    )
