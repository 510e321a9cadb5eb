"""Hyperscan and google-re2 answer alike, whatever the text."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.policy.scan import engines
from buildrunner.policy.scan.engines import HyperscanEngine, Re2Engine
from buildrunner.policy.scan.rules import ScanRules
from buildrunner.policy.scan.scanner import Hit, Scanner
from kits.growth import growth
from kits.planted import SHAPES, Planter


class Shelf(dict[str, bytes]):
    """Where compiled rules are kept."""

    def put(self, key: str, data: bytes) -> None:
        self[key] = data


POLICY = {
    "secret_scan": {
        "pii": True,
        # The second one Hyperscan does not take; the third may run over lines.
        "deny_patterns": ["internal-[0-9]{6}", r"\pL{3}-\pN{4}-[a-f]+$", "<<[^>]*>>", "^ACME="],
    }
}
FAST = Scanner(ScanRules.from_policy(POLICY), engine=HyperscanEngine)
PORTABLE = Scanner(ScanRules.from_policy(POLICY), engine=Re2Engine)
MADE = Planter(3)
SECRETS = [
    *MADE.tokens().values(),
    *MADE.unmarked().values(),
    *(MADE.password() for _ in range(4)),
    "internal-123456", "abc-1234-ffee", "<<hidden>>", "ACME=1", "ada@corp.dev", "+49 30 901820",
    "4539 1488 0343 6467", "DE89 3704 0044 0532 0130 00", "219-09-9999", "93.184.216.34",
    "postgres://ada:" + MADE.some("abcdefgh123", 11) + "@db/x",
]  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(SECRETS),
    st.builds(
        lambda shape, secret: SHAPES[shape]("password", secret),
        st.sampled_from(sorted(SHAPES)),
        st.sampled_from(SECRETS),
    ),
    st.sampled_from(
        ["\n", "\r\n", " ", '"', "'", "`", "=", ": ", "password", "x" * 60, "é", "<<", ">>"]
    ),
    st.text(max_size=20),
)


def both(data: bytes, path: str) -> list[Hit]:
    fast, portable = FAST.scan(data, path), PORTABLE.scan(data, path)
    assert fast == portable
    return fast


@given(st.lists(PIECES, max_size=14), st.sampled_from(["a.py", "a.yml", ".env"]))
def test_equal_on_any_text(pieces: list[str], path: str) -> None:
    both("".join(pieces).encode(errors="surrogatepass"), path)


@given(st.binary(max_size=300), st.lists(st.sampled_from(SECRETS), max_size=3))
def test_equal_on_any_bytes(noise: bytes, secrets: list[str]) -> None:
    both(noise + b" ".join(secret.encode() for secret in secrets) + noise, "data.txt")


@given(st.lists(PIECES, min_size=3, max_size=25), st.integers(0, 200))
def test_equal_on_lines_longer_than_a_window(pieces: list[str], padding: int) -> None:
    text = ("x " * padding).join(piece.replace("\n", " ") for piece in pieces)
    whole = [engines.LONG_LINE, engines.CELL]
    engines.LONG_LINE, engines.CELL = 512, 256
    try:
        both(text.encode(errors="surrogatepass"), "bundle.js")
    finally:
        engines.LONG_LINE, engines.CELL = whole


def test_one_line_of_megabytes_is_searched_to_its_end() -> None:
    token = SECRETS[1]
    line = "var a=1;" * 300_000
    middle = f'{line};k="{token}";{line}'
    hits = both(middle.encode(), "bundle.min.js")
    assert [(hit.rule, hit.line, hit.column) for hit in hits] == [
        ("github-token", 1, len(line) + 5)
    ]


def test_a_secret_across_the_edge_of_a_window_is_found() -> None:
    token = SECRETS[1]
    for start in range(engines.CELL - 60, engines.CELL + 20, 7):
        text = " " * start + token + " " * (3 * engines.LONG_LINE)
        assert [hit.column for hit in both(text.encode(), "a.txt")] == [start + 1]


def test_compiled_rules_are_kept_and_spoilt_ones_compiled_again() -> None:
    shelf = Shelf()
    rules = ScanRules.from_policy(None)
    text = f'k = "{SECRETS[1]}"'.encode()
    first = Scanner(rules, store=shelf).scan(text, "a.py")
    assert len(shelf) == 1
    kept = dict(shelf)
    assert Scanner(rules, store=shelf).scan(text, "a.py") == first
    assert shelf == kept
    for key in shelf:
        shelf[key] = b"not a database"
    assert Scanner(rules, store=shelf).scan(text, "a.py") == first
    assert shelf == kept
    Scanner(ScanRules.from_policy(POLICY), store=shelf).scan(text, "a.py")


NOISE = random.Random(1).randbytes(40_000).replace(b"\0", b"a").replace(b"\n", b"b")


@pytest.mark.parametrize("text", [b"password", b'"', b"eyJ", b"://:", b'key="', NOISE])
def test_hostile_text_takes_linear_time(text: bytes) -> None:
    """Repeats that make backtracking engines quadratic."""
    whole = (text * 40_000)[: len(text) * 40_000 if text is not NOISE else len(NOISE)]
    assert growth(lambda size: FAST.scan(whole[:size], "a.yml"), len(whole)) < 4
