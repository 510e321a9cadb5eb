"""Which members of an audit record are personal data that a policy wants hidden.

A member is judged by its name, which says what it is for, and a text by what stands in it: an
address in a reason is an address all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from buildrunner.policy import sections

KINDS = ("names", "emails", "phones", "addresses", "ips", "text")
# Last part of a member's name, in small letters without `_` and `-`, → kind.
_MEMBERS = {
    "names": "name|fullname|displayname|firstname|lastname|givenname|familyname|username|nickname|login|label"
    "|holder|author|approver|reviewer|assignee|owner|signer|invitedby|impersonator",
    "emails": "email|emailaddress|mail",
    "phones": "phone|phonenumber|mobile|telephone|tel|fax",
    "addresses": "address|street|city|postalcode|postcode|zip|country|location|geo|latitude|longitude|timezone",
    "ips": "ip|ipaddress|remoteaddr|remoteip|clientip|forwardedfor|peer|useragent|host|hostname",
    "text": "note|notes|reason|message|comment|text|description|justification|body|details|summary|title|excerpt",
}  # fmt: skip
_BY_NAME = {name: kind for kind, names in _MEMBERS.items() for name in names.split("|")}
_EMAIL = re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"\+[1-9](?:[ .()/-]{0,2}[0-9]){7,14}(?![0-9])")
_IP = re.compile(r"(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{2,39}:[0-9A-Fa-f:.]*)")
# Longer texts are judged by their beginning and end; whoever hides text hides them whole.
_LOOKED_AT = 20_000

Redactor = Callable[[str, Any], bool]


def redactor(policy: dict[str, Any] | None, *, asked: bool = False) -> Redactor:
    """A function of (pointer, value) that says whether a member is to be hidden.

    `pointer` is a JSON pointer (RFC 6901) such as `/actor/name`; of an object or array the answer
    is yes when any member in it is to be hidden. Without `asked` only a policy with
    `audit.redact_pii: true` hides anything; with it, as `--redact` asks, every policy and none
    does. `audit.redact` names the kinds, all of them if it is absent.
    """
    said = sections.audit_rules(policy)
    if not asked and not said["redact_pii"]:
        return _nothing
    kinds = frozenset(KINDS if said["redact"] is None else said["redact"])

    def is_personal(pointer: str, value: Any) -> bool:
        return _judge(kinds, pointer.rsplit("/", 2)[-2:], value)

    return is_personal


def kinds_of(pointer: str, value: Any) -> set[str]:
    """The kinds of personal data that a member is, whatever a policy says."""
    return {
        kind
        for kind in KINDS
        if redactor({"audit": {"redact": [kind]}}, asked=True)(pointer, value)
    }


def _nothing(_pointer: str, _value: Any) -> bool:
    return False


def _judge(kinds: frozenset[str], path: Iterable[str], value: Any) -> bool:
    names = [_plain(part) for part in path]
    if isinstance(value, dict):
        return any(_judge(kinds, [*names[-1:], name], each) for name, each in value.items())
    if isinstance(value, (list, tuple)):
        # Elements are what the list is: `emails`, `reviewers`.
        return any(_judge(kinds, names, each) for each in value)
    if value is None or isinstance(value, bool) or value == "":
        return False
    named = next((_named(name) for name in reversed(names) if not name.isdigit()), "")
    if named in kinds:
        return True
    return isinstance(value, str) and any(kind in kinds for kind in _inside(value))


def _plain(name: str) -> str:
    bare = name.replace("~1", "/").replace("~0", "~").rsplit(".", 1)[-1]
    return bare.replace("_", "").replace("-", "").lower()


def _named(name: str) -> str:
    """The kind a member's name says: `invited_email` ends in one, `emails` is several."""
    for candidate in (name, name.removesuffix("s")):
        if candidate in _BY_NAME:
            return _BY_NAME[candidate]
    for ending in ("email", "phone", "address"):
        if name.endswith(ending) and not name.endswith("ipaddress"):
            return _BY_NAME[ending]
    return ""


def _inside(text: str) -> Iterable[str]:
    """The kinds of what stands in a text."""
    part = text if len(text) <= 2 * _LOOKED_AT else text[:_LOOKED_AT] + "\n" + text[-_LOOKED_AT:]
    if "@" in part and _EMAIL.search(part):
        yield "emails"
    if "+" in part and _PHONE.search(part):
        yield "phones"
    if any(_is_ip(found[0]) for found in _IP.finditer(part)):
        yield "ips"


def _is_ip(text: str) -> bool:
    try:
        ip_address(text.rstrip(".:") if not text.endswith("::") else text)
    except ValueError:
        return False
    return text.count(":") != 1 and not re.fullmatch(r"[0-9]{1,2}(?::[0-9]{2})+", text)
