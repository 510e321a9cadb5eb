"""What is kept of an output holds no secret and no control character."""

import os

import pytest

from buildrunner.workspace.checks.capture import KEPT, Capture

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\nabc\n-----END RSA PRIVATE KEY-----"


def excerpt(data: bytes, **environment: str) -> str:
    output = Capture()
    output.feed(data)
    return output.excerpt(environment)


def test_secrets_of_the_environment_are_named_not_shown() -> None:
    text = excerpt(b"using s3cr3t-value ok", API_TOKEN="s3cr3t-value", MODE="using")
    assert text == "using [API_TOKEN] ok"


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2c3D4e5" * 4, "AKIA" + "ABCDEFGH23456723", "br_" + "x" * 40,
        "postgres://joe:hunter22@db/x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghij", KEY,
    ],
)  # fmt: skip
def test_well_known_secrets_are_hidden(secret: str) -> None:
    text = excerpt(f"before {secret} after".encode())
    for part in secret.split("@")[0].split("://")[-1].split("\n"):
        if len(part) > 5 and not part.startswith("-----"):
            assert part not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_a_key_that_is_cut_off_is_hidden_to_the_end() -> None:
    assert excerpt(KEY.partition("abc")[0].encode()) == "[private key]"


@pytest.mark.parametrize("at", range(1_960, 2_010, 7))
def test_a_secret_across_a_cut_is_not_half_shown(at: int) -> None:
    secret = "q7" * 20
    data = (
        b"-" * at + secret.encode() + b"=" * 30_000 + secret.encode() + b"-" * (6_000 - at + 1_960)
    )
    text = excerpt(data, DEPLOY_TOKEN=secret)
    assert "q7q7" not in text


def test_a_secret_across_the_end_of_the_ring_is_not_shown() -> None:
    secret = "q7" * 20
    text = excerpt(b"-" * (KEPT - 10) + secret.encode() + b"=" * (KEPT + 9), DEPLOY_TOKEN=secret)
    assert "q7q7" not in text


def test_escape_sequences_and_bytes_that_are_no_text() -> None:
    assert (
        excerpt(b"\x1b[31mred\x1b[0m\x1b]0;title\x07\r\nnext\x00\xff\ttab\x9b")
        == "red\nnext��\ttab�"
    )


def test_pieces_come_to_the_same_as_the_whole() -> None:
    data = os.urandom(70_000) * 50
    whole, pieces = Capture(), Capture()
    whole.feed(data)
    for at in range(0, len(data), 4_099):
        pieces.feed(data[at : at + 4_099])
    assert (whole.digest, whole.bytes, whole.text) == (pieces.digest, pieces.bytes, pieces.text)
