"""Check digits and ranges of personal data, and which addresses are public."""

from __future__ import annotations

import re

from buildrunner.policy.scan.judging import Candidate

_VERSION = re.compile(
    rb"version|\bver\b|\bv\.?$|release|oid|section|chapter|rfc|asn|snmp|ua\b|mozilla|chrome|safari"
)
# Networks that lead to nobody: RFC 1918, 5737, 6598, 3927, 1122, multicast and reserved ones.
_RESERVED = ((10,), (127,), (0,), (192, 168), (169, 254), (192, 0, 0), (192, 0, 2), (198, 51, 100),
             (203, 0, 113), (198, 18), (198, 19))  # fmt: skip
# Public resolvers everybody writes down.
_KNOWN = {b"8.8.8.8", b"8.8.4.4", b"1.1.1.1", b"1.0.0.1", b"9.9.9.9", b"4.4.4.4", b"1.2.3.4"}
_SPECIMEN_DOMAINS = (
    b"example.com", b"example.org", b"example.net", b"example.edu", b".example", b".test", b".invalid",
    b".localhost", b"localhost", b".local", b"noreply.github.com",
)  # fmt: skip
# Country and length, four characters each (ISO 13616 registry).
_IBANS = (
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18"
    "FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21"
    "LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27"
    "ST25SV28TL23TN24TR26UA29VA22VG24XK20"
)
_IBAN_LENGTHS = {
    _IBANS[at : at + 2]: int(_IBANS[at + 2 : at + 4]) for at in range(0, len(_IBANS), 4)
}


def luhn(digits: bytes) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    total = 0
    for place, code in enumerate(reversed(digits)):
        value = code - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def card(candidate: Candidate) -> bool:
    """A payment card number: length, issuer and check digit, no test series of one digit."""
    digits = candidate.secret.replace(b" ", b"").replace(b"-", b"")
    issuer = digits.startswith((b"4", b"5", b"2", b"34", b"37", b"6", b"30", b"35", b"36", b"38"))
    return 13 <= len(digits) <= 19 and issuer and len(set(digits)) > 3 and luhn(digits)


def iban(candidate: Candidate) -> bool:
    """An IBAN: the country's length and the remainder 1 modulo 97 (ISO 13616)."""
    text = candidate.secret.replace(b" ", b"").decode()
    if _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    number = "".join(str(int(letter, 36)) for letter in text[4:] + text[:4])
    return int(number) % 97 == 1


def ssn(candidate: Candidate) -> bool:
    """Nine digits in the ranges the SSA gives out."""
    area, group, serial = candidate.secret.split(b"-")
    edges = candidate.before[-1:] + candidate.after[:1]
    if b"-" in edges or b"." in edges:
        return False
    return area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000"


def phone(candidate: Candidate) -> bool:
    """An international number of 8 to 15 digits (ITU-T E.164)."""
    digits = [code for code in candidate.secret if 48 <= code <= 57]
    return 8 <= len(digits) <= 15 and len(set(digits)) > 3 and b"555-01" not in candidate.secret


def email(candidate: Candidate) -> bool:
    """An address outside the domains reserved for documentation (RFC 2606)."""
    secret = candidate.secret.lower()
    local, _, domain = secret.partition(b"@")
    if domain.endswith(_SPECIMEN_DOMAINS) or local in (b"git", b"noreply", b"no-reply"):
        return False
    # A file called icon@2x.png, a decorator, a package pinned with @.
    return not domain.endswith((b".png", b".jpg", b".svg", b".gif", b".js", b".py", b".css"))


def public_ip(candidate: Candidate) -> bool:
    """An IPv4 address that is routed, unless the line speaks of versions."""
    secret, before, after = candidate.secret, candidate.before, candidate.after
    if (
        before[-1:] in (b".", b"_")
        or before[-1:].isalnum()
        or after[:1].isalnum()
        or after[:1] == b"_"
    ):
        return False
    if after[:1] == b"." and after[1:2].isdigit():
        return False
    parts = secret.split(b".")
    if any(len(part) > 1 and part[0] == 48 for part in parts):
        return False
    octets = tuple(map(int, parts))
    if max(octets) > 255 or octets[0] >= 224 or secret in _KNOWN or octets[1:] == (0, 0, 0):
        return False
    if any(octets[: len(net)] == net for net in _RESERVED):
        return False
    private = octets[0] == 172 and 16 <= octets[1] <= 31
    if private or (octets[0] == 100 and 64 <= octets[1] <= 127):
        return False
    if max(octets) < 20 or _VERSION.search(before[-80:]):
        return False  # section numbers and versions
    return before[-2:] not in (b"==", b"~=", b">=", b"<=")


CHECKS = {
    "card": card,
    "iban": iban,
    "ssn": ssn,
    "phone": phone,
    "email": email,
    "public_ip": public_ip,
}
