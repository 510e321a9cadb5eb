"""Secrets at rest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.gates import Gate


@given(st.text(), st.text())
def test_what_is_sealed_opens_for_its_purpose_only(text: str, purpose: str) -> None:
    sealed = seal(text, purpose)
    assert unseal(sealed, purpose) == text
    with pytest.raises(SealBroken):
        unseal(sealed, purpose + "2")


def test_an_older_key_still_opens_and_a_lost_one_does_not(settings: Any) -> None:
    settings.BR_MASTER_KEYS = ["first"]
    sealed = seal("word", "test")
    settings.BR_MASTER_KEYS = ["second", "first"]
    assert unseal(sealed, "test") == "word"
    assert seal("word", "test").split(".")[1] != sealed.split(".")[1]
    settings.BR_MASTER_KEYS = ["second"]
    with pytest.raises(SealBroken):
        unseal(sealed, "test")


@given(st.data())
def test_an_altered_text_does_not_open(data: st.DataObject) -> None:
    sealed = seal("a secret", "test")
    head, _, body = sealed.rpartition(".")
    place = data.draw(st.integers(0, len(body) - 3))
    # Drawn without a look at what was sealed, which is new in each run.
    first, second = data.draw(st.permutations("ABCDEFGH01234567"))[:2]
    letter = second if first == body[place] else first
    with pytest.raises(SealBroken):
        unseal(f"{head}.{body[:place]}{letter}{body[place + 1 :]}", "test")


def test_a_gate_answers_by_itself_until_it_is_wired() -> None:
    @Gate
    def may(what: str) -> bool:
        return False

    assert not may("pass")
    may.wire(lambda what: what == "pass")
    assert may("pass")
