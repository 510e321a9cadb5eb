"""Requests to addresses that users choose reach the internet and nothing behind the server."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from buildrunner.server.platform.http.destinations import fault_of, is_open, is_public, networks
from buildrunner.server.platform.http.outbound import (
    OutboundRefused,
    OutboundTooLarge,
    look_up,
    outbound_client,
    url_fault,
)
from kits.receiver import Answer, Receiver

CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
127.255.255.254 168.63.129.16 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.192
192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808
64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1
5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
"""
OPEN = """
1.1.1.1 8.8.8.8 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 172.15.255.255
172.32.0.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
2606:4700:4700::1111 2a00:1450:4001::1 2620:fe::fe 2003::1
"""


@pytest.mark.parametrize("text", CLOSED.split())
def test_what_is_behind_us_is_closed(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OPEN.split())
def test_the_internet_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_never_more_open_than_the_standard_library(address: IPv4Address) -> None:
    """Its registry is another reading of IANA's; ours must not let through what it closes."""
    if not address.is_global or address.is_multicast:
        assert not is_public(address)
    # However an IPv4 address is dressed as an IPv6 one, it is closed.
    number = int(address)
    dressed = [
        f"::ffff:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        str(IPv6Address((0x2002 << 112) | (number << 80) | 1)),
        str(IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))),
    ]
    assert not any(is_public(ip_address(text)) for text in dressed)


@given(st.ip_addresses(v=6))
@example(IPv6Address("2001:4860:4860::8888"))
def test_ipv6_is_closed_outside_global_unicast(address: IPv6Address) -> None:
    if is_public(address):
        assert int(address) >> 125 == 1
        assert address.is_global
        assert not address.is_multicast
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


def test_the_operator_opens_networks() -> None:
    allowed = networks(["10.1.0.0/16", "fd00::/8", "127.0.0.1"])
    assert is_open(ip_address("10.1.2.3"), allowed)
    assert is_open(ip_address("fd00::1"), allowed)
    assert is_open(ip_address("127.0.0.1"), allowed)
    assert not is_open(ip_address("10.2.0.1"), allowed)
    assert not is_open(ip_address("127.0.0.2"), allowed)
    assert not is_open(ip_address("::ffff:10.1.2.3"), allowed)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",  # plain
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "https://",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/#part",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:http/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[::1/",
        "https://exam\u2488ple.com/",
        "https://example.com/" + "x" * 3000,
    ],
)
def test_addresses_that_are_refused_before_they_are_looked_up(url: str) -> None:
    fault = url_fault(url)
    assert fault
    with outbound_client() as client, pytest.raises((httpx.TransportError, httpx.InvalidURL)):
        client.post(url)


def test_addresses_that_may_be_called() -> None:
    for url in ("https://example.com", "https://example.com:8443/x?y=1", "https://8.8.8.8/"):
        assert url_fault(url) is None
    assert fault_of("http://example.com/", allowed=(), http=True) is None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def http(settings: object) -> None:
    settings.BR_OUTBOUND_HTTP = True  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "[::ffff:127.0.0.1]"],
)
def test_no_spelling_of_loopback_is_reached(http: None, receiver: Receiver, host: str) -> None:
    with (
        outbound_client() as client,
        pytest.raises((OutboundRefused, httpx.InvalidURL)) as refusal,
    ):
        client.post(f"http://{host}:{receiver.port}/")
    assert "127.0.0.1" not in str(refusal.value)
    assert receiver.received == []


def test_the_resolver_is_judged_whatever_the_name(http: None, receiver: Receiver) -> None:
    """Past the check of spellings: what the system makes of a number is judged as an address."""
    for spelling in ("2130706433", "0x7f000001", "0177.1"):
        try:
            answers = look_up(spelling, 80)
        except OSError:
            continue
        assert not any(is_public(ip_address(answer)) for answer in answers)
    with (
        outbound_client(resolve=lambda *_: ["127.0.0.1", "10.0.0.1", "::1"]) as client,
        pytest.raises(OutboundRefused),
    ):
        client.post(f"http://inside.example:{receiver.port}/")
    assert receiver.received == []


def test_a_name_that_changes_its_mind_reaches_nothing(
    http: None, settings: object, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: first an open address, then loopback. It is asked once, and the connection
    goes to what was judged."""
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["203.0.113.5"] if len(asked) == 1 else ["127.0.0.1"]

    tried: list[str] = []
    real = socket.create_connection

    def connect(address: tuple[str, int], *rest: object, **more: object) -> socket.socket:
        tried.append(address[0])
        if address[0] == "203.0.113.5":
            raise ConnectionRefusedError
        return real(address, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", connect)
    settings.BR_OUTBOUND_ALLOW = ["203.0.113.0/24"]  # type: ignore[attr-defined]
    with outbound_client(resolve=rebinding) as client:
        with pytest.raises(httpx.ConnectError):
            client.post(f"http://rebind.example:{receiver.port}/")
        assert (asked, tried) == (["rebind.example"], ["203.0.113.5"])
        with pytest.raises(OutboundRefused):
            client.post(f"http://rebind.example:{receiver.port}/")
    assert tried == ["203.0.113.5"]
    assert receiver.received == []


def test_closed_addresses_beside_open_ones_are_passed_over(
    http: None, settings: object, receiver: Receiver
) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    with outbound_client(resolve=lambda *_: ["10.0.0.1", "127.0.0.1"]) as client:
        answer = client.post(f"http://mixed.example:{receiver.port}/path", content=b"x")
    assert answer.text == "thanks"
    (request,) = receiver.received
    assert request.headers["host"] == f"mixed.example:{receiver.port}"
    assert request.path == "/path"


def test_redirects_are_not_followed(http: None, settings: object) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    with Receiver() as inside:
        answer = Answer(302, headers=(("Location", inside.url),))
        with Receiver(lambda _: answer) as outside, outbound_client() as client:
            assert client.post(outside.url).status_code == 302
        assert inside.received == []


def test_the_environments_proxies_are_not_used(
    http: None, settings: object, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with outbound_client() as client:
        assert client.post(receiver.url).status_code == 200


def test_the_operators_proxy_is_used(http: None, settings: object, receiver: Receiver) -> None:
    settings.BR_OUTBOUND_PROXY = f"http://127.0.0.1:{receiver.port}"  # type: ignore[attr-defined]
    with outbound_client() as client:
        client.post("http://outside.example/hook")
        with pytest.raises(OutboundRefused):
            client.post("http://127.0.0.1:8080/hook")
    (request,) = receiver.received
    assert request.path == "http://outside.example/hook"


def test_an_answer_has_a_limit(http: None, settings: object, receiver: Receiver) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    receiver.decide = lambda _: Answer(body=b"x" * 2000)
    with outbound_client(largest=1000) as client, pytest.raises(OutboundTooLarge):
        client.post(receiver.url)


def test_nothing_is_inflated(http: None, settings: object, receiver: Receiver) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    receiver.decide = lambda _: Answer(body=b"not gzip", headers=(("Content-Encoding", "gzip"),))
    with outbound_client() as client:
        assert client.post(receiver.url).content == b"not gzip"
    assert receiver.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("drip", ["body", "head", "silence"])
def test_a_request_ends_in_time_however_slowly_it_is_answered(
    http: None, settings: object, drip: str
) -> None:
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                if drip == "body":
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while drip != "silence" and not stop.wait(0.05):
                    try:
                        line.sendall(b"x")
                    except OSError:
                        return
                stop.wait(20)

        speaking = threading.Thread(target=speak)
        speaking.start()
        with outbound_client(seconds=0.6) as client, pytest.raises(httpx.TimeoutException):
            client.post(f"http://127.0.0.1:{server.getsockname()[1]}/")
        stop.set()
        speaking.join()


def test_a_resolver_that_says_nothing_is_not_waited_for(http: None) -> None:
    never = threading.Event()

    def silent(*_: object) -> list[str]:
        never.wait(20)
        return []

    with (
        outbound_client(seconds=0.3, resolve=silent) as client,
        pytest.raises(httpx.ConnectTimeout),
    ):
        client.post("http://slow.example/")
    never.set()


def test_an_unknown_name_is_an_ordinary_error(http: None) -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with outbound_client(resolve=unknown) as client, pytest.raises(httpx.ConnectError):
        client.post("http://nowhere.example/")


def test_tls_keeps_the_name(settings: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The certificate is checked against the name, though the connection went to an address."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed("hooks.example")
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    settings.BR_OUTBOUND_ALLOW = ["127.0.0.1"]  # type: ignore[attr-defined]
    trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    with Receiver() as receiver:
        listening = receiver._server.socket
        receiver._server.socket = context.wrap_socket(listening, server_side=True)
        with outbound_client(resolve=lambda *_: ["127.0.0.1"], verify=trust) as client:
            assert client.post(f"https://hooks.example:{receiver.port}/").status_code == 200
            with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
                client.post(f"https://other.example:{receiver.port}/")
    assert names == ["hooks.example", "other.example"]


def self_signed(name: str) -> tuple[bytes, bytes]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
