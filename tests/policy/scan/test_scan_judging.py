"""What tells random characters from words."""

import base64
import math
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from buildrunner.policy.scan.judging import ends_in_random, entropy
from buildrunner.policy.scan.words import is_name, is_sequence, is_worded


@given(st.binary(min_size=1, max_size=700))
def test_entropy_is_shannons(text: bytes) -> None:
    shares = [count / len(text) for count in Counter(text).values()]
    assert math.isclose(entropy(text), -sum(p * math.log2(p) for p in shares), abs_tol=1e-9)


def test_random_strings_are_hardly_ever_taken_for_words() -> None:
    made = random.Random(2)
    texts = [base64.b64encode(made.randbytes(27)) for _ in range(3000)]
    missed = [
        t for t in texts if is_worded(t) or is_sequence(t) or not ends_in_random(b'x = "' + t)
    ]
    assert len(missed) < 15


def test_names_are_words() -> None:
    for text in (
        b"LowerCaseWithDigits2AndMore", b"TargetTracking-service-default",
    ):  # fmt: skip
        assert is_worded(text), text
    for text in (b"client_secret", b"my-secret-2", b"accessToken", b"PASSWORD"):
        assert is_name(text), text
    for text in (b"hunter2x9", b"Tr0ub4dor", b"kX9-qPz7"):
        assert not is_name(text), text
