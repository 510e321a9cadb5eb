"""Whether a link's address leads anywhere, and safely."""

from __future__ import annotations

_RUNS_CODE = ("javascript", "data", "vbscript")
# Schemes of RFC 3986 that go on without an authority.
_WITHOUT_HOST = ("mailto", "tel", "urn")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+.-")
_SHOWN = 60
_HOSTS_KEPT = 1000
_sound_hosts: set[str] = set()


def link_problem(address: str) -> tuple[str, str] | None:
    """(code, message) for an address a plan should not hold, None if it is sound.

    Wanted is an absolute URI (RFC 3986 section 4.3); host and port of http and https
    addresses are looked at more closely.
    """
    if (
        address.startswith("https://")
        and address[8:].partition("/")[0] in _sound_hosts
        and address.isprintable()
        and " " not in address
    ):
        return None  # one more on a host that was looked at: most links of a plan
    shown = repr(address if len(address) <= _SHOWN else address[:_SHOWN] + "…")
    # Browsers skip control characters and white space before and inside a scheme.
    bare = "".join(address.split()).lower()
    if bare.partition(":")[0] in _RUNS_CODE and ":" in bare:
        return ("BR502", f"a {bare.partition(':')[0]}: link runs code in the reader's browser")
    if not address.isprintable() or " " in address:
        return ("BR406", f"{shown} holds white space or control characters")
    scheme, colon, rest = address.partition(":")
    scheme = scheme.lower()
    if not colon or not scheme[:1].isalpha() or not _LETTERS.issuperset(scheme):
        return ("BR406", f"{shown} has no scheme such as https://")
    if scheme in _WITHOUT_HOST:
        return None if rest else ("BR406", f"{shown} ends after its scheme")
    if not rest.startswith("//"):
        return ("BR406", f"{shown} lacks the // after its scheme")
    authority = rest[2:].replace("?", "/").replace("#", "/").partition("/")[0]
    user, _, host = authority.rpartition("@")
    if ":" in user and user.partition(":")[2]:
        return ("BR503", f"an address at {host!r} carries a user name and a password")
    if scheme in ("http", "https") and not _is_host(host):
        return ("BR406", f"{shown} names no host")
    if not rest[2:]:
        return ("BR406", f"{shown} ends after its scheme")
    if scheme == "https" and len(_sound_hosts) < _HOSTS_KEPT and not user:
        _sound_hosts.add(host)
    return None


def _is_host(host: str) -> bool:
    """A name, an IPv4 address or a bracketed IPv6 address, with an optional port."""
    if host.startswith("["):
        name, _, after = host[1:].partition("]")
        return ":" in name and (not after or (after[0] == ":" and _is_port(after[1:])))
    name, colon, port = host.partition(":")
    if colon and not _is_port(port):
        return False
    labels = name.removesuffix(".").split(".")
    return all(label and set("\"'<>\\^`{|}*()[],;$%&=!~").isdisjoint(label) for label in labels)


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and int(port[:6]) < 65_536
