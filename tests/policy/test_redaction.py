"""Which members of a record a policy hides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.policy.redaction import KINDS, kinds_of, redactor

PERSONAL = [
    ("/actor/name", "Ada Lovelace", "names"),
    ("/payload/data/invited_email", "ada@lovelace.dev", "emails"),
    ("/payload/data/emails/0", "nobody", "emails"),
    ("/payload/data/phoneNumber", "030 901820", "phones"),
    ("/payload/data/billing_address", "12 St James's Square", "addresses"),
    ("/payload/data/ip", "10.0.0.7", "ips"),
    ("/payload/data/user_agent", "Mozilla/5.0", "ips"),
    ("/payload/data/reason", "left the team", "text"),
    ("/payload/data/value", "write to ada@lovelace.dev", "emails"),
    ("/payload/data/value", "call +44 20 7946 0958", "phones"),
    ("/payload/data/value", "came from 2001:db8::1 today", "ips"),
    ("/payload/data/value", "from 203.0.113.9:443", "ips"),
    ("/payload/data/people", [{"id": 1}, {"name": "Ada"}], "names"),
]
PLAIN = [
    ("/id", "0193a1b2-7c1e-7a9c-9d3a-0d5b7f6a1c11"),
    ("/at", "2026-01-31T09:00:00.123456Z"),
    ("/action", "plan.revised"),
    ("/payload/data/revision", 12),
    ("/payload/data/version", "1.2.3"),
    ("/payload/data/active", True),
    ("/payload/data/note", ""),
    ("/payload/data/name", None),
    ("/payload/data/hash", "sha256:" + "0a" * 32),
    ("/payload/data/ratio", "16:9"),
    ("/payload/data/time", "10:30:15"),
    ("/payload/data/count", {"added": 3, "removed": [1, 2]}),
]


@pytest.mark.parametrize(("pointer", "value", "kind"), PERSONAL)
def test_personal_members_are_known_by_name_or_content(pointer: str, value: Any, kind: str) -> None:
    assert kind in kinds_of(pointer, value)
    assert redactor({"audit": {"redact_pii": True}})(pointer, value)
    assert redactor({"audit": {"redact_pii": True, "redact": [kind]}})(pointer, value)
    others = [each for each in KINDS if each not in kinds_of(pointer, value)]
    assert not redactor({"audit": {"redact_pii": True, "redact": others}})(pointer, value)


@pytest.mark.parametrize(("pointer", "value"), PLAIN)
def test_the_rest_stays(pointer: str, value: Any) -> None:
    assert kinds_of(pointer, value) == set()


@pytest.mark.parametrize("policy", [None, {}, {"audit": {"redact": ["names"]}}, {"audit": 3}])
def test_nothing_is_hidden_unless_a_policy_or_somebody_asks(policy: Any) -> None:
    assert not redactor(policy)("/actor/name", "Ada")
    assert redactor(policy, asked=True)("/actor/name", "Ada")


def test_the_older_key_means_the_same() -> None:
    assert redactor({"audit": {"include_sensitive_data": False}})("/actor/email", "a@b.dev")


@given(st.text(max_size=80), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=60),
       lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)))  # fmt: skip
def test_it_answers_for_anything(pointer: str, value: Any) -> None:
    assert redactor(None, asked=True)(pointer, value) in (True, False)
