"""Why a service cannot be reached, each by its name and with its own cure."""

import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gevent.server import StreamServer

from fsm.reasons import ADVICE
from tests.dialects.conftest import Thinks
from tests.dialects.service import DONE, Service, delta, response, stream
from tests.dialects.socks import SocksProxy

WELL = stream(delta("好了。", "stop"), DONE)


def certificate(folder: Path, name: x509.GeneralName) -> Path:
    """A file with a certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(pem) + private)
    return file


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A service that speaks TLS under another name: its port, and the file to trust it by."""
    file = certificate(tmp_path, x509.DNSName("model.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = StreamServer(("127.0.0.1", 0), lambda *_: None, ssl_context=context)
    server.start()
    yield int(server.server_port or 0), file
    server.stop(timeout=0)


def failure(brain: Thinks, base_url: str) -> str:
    """The name of what a question fails with; there is advice for it."""
    message = brain(base_url=base_url).ask()
    name = (message.failure or "").partition(":")[0]
    assert ADVICE[name]
    assert f"{base_url}/chat/completions" in (message.failure or "")
    return name


def test_a_certificate_that_nobody_trusts(brain: Thinks, tls: tuple[int, Path]) -> None:
    assert failure(brain, f"https://127.0.0.1:{tls[0]}/v1") == "CertificateNotTrusted"


def test_a_certificate_of_another_name(
    brain: Thinks, tls: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
    assert failure(brain, f"https://127.0.0.1:{tls[0]}/v1") == "CertificateForAnother"


def test_tls_to_a_service_that_speaks_none(brain: Thinks) -> None:
    def refuses(connection: socket.socket, _: object) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    server = StreamServer(("127.0.0.1", 0), refuses)
    server.start()
    assert failure(brain, f"https://127.0.0.1:{server.server_port}/v1") == "NoTlsThere"
    server.stop(timeout=0)


def test_a_file_of_trusted_certificates_that_is_not_there(
    brain: Thinks, tls: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    assert failure(brain, f"https://127.0.0.1:{tls[0]}/v1") == "CaBundleMissing"


def test_a_name_that_nobody_knows(brain: Thinks, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure(brain, "http://no-such-host.invalid/v1") == "NameNotFound"


def test_a_port_where_nobody_listens(brain: Thinks) -> None:
    assert failure(brain, "http://127.0.0.1:9/v1") == "PortRefused"


def test_a_proxy_that_is_not_there(brain: Thinks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    assert failure(brain, "http://model.example/v1") == "ProxyFailed"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment, with no proxy in it yet."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTP_PROXY"])
def test_a_socks_proxy_of_the_environment_is_asked_for_the_service_by_its_name(
    brain: Thinks, service: Service, environment: pytest.MonkeyPatch, name: str
) -> None:
    service.answers = [WELL]
    proxy = SocksProxy(service.port)
    environment.setenv(name, f"socks5h://{proxy.address}")
    asking = brain(base_url="http://model.example/v1")
    assert asking.ask().reply == "好了。"
    assert "Host: model.example" in service.heads[0]
    assert proxy.asked == ["model.example:80"]
    proxy.stop()


def test_no_proxy_is_asked_for_what_the_environment_excepts(
    brain: Thinks, service: Service, environment: pytest.MonkeyPatch
) -> None:
    service.answers = [WELL]
    environment.setenv("ALL_PROXY", "socks5h://127.0.0.1:9")
    environment.setenv("NO_PROXY", "example.com, 127.0.0.1")
    assert brain().ask().reply == "好了。"


@pytest.mark.parametrize(
    ("login", "name"),
    [
        ("me:secret@", "CertificateNotTrusted"),  # so it was let through
        ("me:wrong@", "ProxyWantsPassword"),
        ("", "ProxyWantsPassword"),
    ],
)
def test_tls_goes_through_a_socks_proxy_with_the_right_password(
    brain: Thinks,
    tls: tuple[int, Path],
    environment: pytest.MonkeyPatch,
    login: str,
    name: str,
) -> None:
    proxy = SocksProxy(tls[0], login=(b"me", b"secret"))
    environment.setenv("HTTPS_PROXY", f"socks5h://{login}{proxy.address}")
    assert failure(brain, "https://model.example/v1") == name
    proxy.stop()


@pytest.mark.parametrize("proxy", ["socks5h://127.0.0.1:9", "socks4://127.0.0.1:9", "htp://x:1"])
def test_a_socks_proxy_that_is_not_there_or_not_understood(
    brain: Thinks, environment: pytest.MonkeyPatch, proxy: str
) -> None:
    environment.setenv("ALL_PROXY", proxy)
    assert failure(brain, "http://model.example/v1") == "ProxyFailed"


def test_a_proxy_that_wants_a_password_for_a_tunnel(
    brain: Thinks, environment: pytest.MonkeyPatch
) -> None:
    def refuses(connection: socket.socket, _: object) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        connection.close()

    server = StreamServer(("127.0.0.1", 0), refuses)
    server.start()
    environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.server_port}")
    assert failure(brain, "https://model.example/v1") == "ProxyWantsPassword"
    server.stop(timeout=0)


@pytest.mark.parametrize(("moved", "named"), [("v1?k=secret", "v1"), ("sk-012345/v1", "…/v1")])
def test_an_address_that_has_moved_is_named_without_its_query_and_the_key(
    brain: Thinks, service: Service, moved: str, named: str
) -> None:
    service.answers = [response(308, b"", headers=f"Location: https://b.example/{moved}\r\n")]
    failure = brain(api_keys=("sk-012345",)).ask().failure or ""
    assert failure.startswith(f"AddressMoved: HTTP 308 to https://b.example/{named}, ")
