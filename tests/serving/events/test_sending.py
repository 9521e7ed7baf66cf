"""A request goes to where it may go, ends in time, and says nothing to who cannot prove to be the receiver."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.events import sending
from serving.events.message import sign
from serving.events.sending import SendCode, SendError, check_address, post
from tests.http_server import running


class Handler(BaseHTTPRequestHandler):
    """Redirects to another place, which it says when asked; below /drip it never ends its head."""

    def do_POST(self) -> None:
        if self.path.startswith("/drip"):
            for _ in range(200):
                self.wfile.write(b"H")
                time.sleep(0.02)
        self.send_response(307 if self.path == "/moved?to=it" else 200 if self.path.startswith("/") else 400)
        self.send_header("Location", "/it")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        yield server


def code_of(url: str, *, may_be_private: bool = False, within_s: float = 5) -> SendCode:
    with pytest.raises(SendError) as failed:
        post(url, b"{}", {}, may_be_private=may_be_private, within_s=within_s)
    return failed.value.code


INVALID = (
    *("http://93.184.216.34/", "http://127.0.0.1.example.org/", "ftp://93.184.216.34/", "https:///hook"),
    *("https://me:secret@93.184.216.34/", "https://93.184.216.34:99999/", "https://93.184.216.34/a b", "https://[::1"),
)
PRIVATE = (
    *("https://localhost/", "http://localhost/", "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data"),
    *("https://0.0.0.0/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://[64:ff9b::a00:1]/"),
    *("https://[64:ff9b:1::a00:1]/", "https://[fec0::1]/", "https://[::7f00:1]/"),
    # The last as some systems read numbers.
    *("https://[2002:a00:1::1]/", "https://[ff02::1]/", "https://2130706433/"),
)


@pytest.mark.parametrize("url", [*INVALID, *PRIVATE])
def test_no_address_leads_into_the_operators_network(url: str) -> None:
    assert code_of(url) is (SendCode.ADDRESS_INVALID if url in INVALID else SendCode.ADDRESS_PRIVATE)
    with pytest.raises(SendError):
        check_address(url, may_be_private=False)


def test_public_addresses_and_allowed_ones_may_be_used() -> None:
    check_address("https://93.184.216.34/hook?key=1", may_be_private=False)
    check_address("https://10.1.2.3:8443/", may_be_private=True)
    check_address("http://[::1]:8000/", may_be_private=True)


def test_redirects_are_not_followed(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    assert post(f"{url}/moved?to=it#part", b"{}", {}, may_be_private=True) == 307
    assert [post(f"{url}{more}", b"{}", {}, may_be_private=True) for more in ("", "?key=1")] == [200, 200]


def test_neither_a_slow_way_nor_an_answer_byte_by_byte_holds_the_sender(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def look_up_slowly(*asked: Any, **how: Any) -> Any:
        time.sleep(0.6)
        return look_up(*asked, **how)

    # Before the address is checked, and again when it is connected to.
    monkeypatch.setattr(socket, "getaddrinfo", look_up_slowly)
    begun_at = time.monotonic()
    url = f"http://127.0.0.1:{server.server_port}/drip"
    assert code_of(url, may_be_private=True, within_s=1.5) is SendCode.TIMED_OUT
    assert time.monotonic() - begun_at < 2


def test_nobody_there(server: ThreadingHTTPServer) -> None:
    server.server_close()
    url = f"http://127.0.0.1:{server.server_port}"
    assert code_of(url, may_be_private=True) is SendCode.UNREACHABLE


def test_only_who_has_a_trusted_certificate_gets_anything(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}/"
    sending._tls.cache_clear()
    assert code_of(url, may_be_private=True) is SendCode.UNREACHABLE
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sending._tls.cache_clear()
    assert post(url, b"{}", {}, may_be_private=True) == 200
    assert code_of(url.replace("localhost", "127.0.0.1"), may_be_private=True) is SendCode.UNREACHABLE
    sending._tls.cache_clear()


def write_certificate(folder: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    return file


def test_signature_is_that_of_the_specification() -> None:
    moment = datetime.fromtimestamp(1614265330, UTC)
    secret, event_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = sign(secret, event_id, moment, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
