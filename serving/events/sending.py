"""One request to a receiver: to a public address over https, within ten seconds, and to nowhere else.

The address that is checked is the one that is connected to, so a name that leads elsewhere a moment later gains
nothing. Redirects are not followed, no proxy of the environment is used, and of the answer only the status is read.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from serving.http.addresses import carried

SEND_S = 10.0
_SITE = ipaddress.IPv6Network("fec0::/10")


class SendCode(StrEnum):
    """Why a receiver did not get an event."""

    ADDRESS_INVALID = "address_invalid"
    ADDRESS_PRIVATE = "address_private"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"


class SendError(Exception):
    """Nothing was sent, or no answer came."""

    def __init__(self, code: SendCode) -> None:
        super().__init__(code)
        self.code = code


def check_address(url: str, *, may_be_private: bool) -> None:
    """Raise SendError unless an event may be sent there."""
    _resolve(_split(url), may_be_private=may_be_private)


def post(url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool, within_s: float = SEND_S) -> int:
    """Send a body and return the status of the answer, or raise SendError."""
    target, ends_at = _split(url), time.monotonic() + within_s
    is_encrypted, host, port = target.scheme == "https", target.hostname or "", _port(target)
    connection = HTTPSConnection(host, port) if is_encrypted else HTTPConnection(host, port)
    where = target._replace(scheme="", netloc="", fragment="", path=target.path or "/").geturl()
    try:
        with _connected(target, ends_at, may_be_private=may_be_private) as connection.sock, closing(connection):
            connection.request("POST", where, body, dict(headers))
            return connection.getresponse().status
    except (OSError, HTTPException) as error:
        is_late = isinstance(error, TimeoutError) or time.monotonic() >= ends_at
        raise SendError(SendCode.TIMED_OUT if is_late else SendCode.UNREACHABLE) from None


def _split(url: str) -> SplitResult:
    with suppress(ValueError):
        target = urlsplit(url)
        is_safe = target.scheme == "https" or (target.scheme == "http" and _is_loopback(target.hostname))
        is_whole = target.hostname and target.username is None and target.port != 0
        if is_safe and is_whole and url.isascii() and url.isprintable() and " " not in url:
            return target
    raise SendError(SendCode.ADDRESS_INVALID)


def _is_loopback(host: str | None) -> bool:
    with suppress(ValueError):
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    return False


def _port(target: SplitResult) -> int:
    return target.port or (443 if target.scheme == "https" else 80)


def _resolve(target: SplitResult, *, may_be_private: bool) -> list[tuple[str, int]]:
    """Numeric addresses of the host, all of them public unless they need not be."""
    port = _port(target)
    try:
        found = socket.getaddrinfo(target.hostname, port, type=socket.SOCK_STREAM)
    # A name that is none at all is no OSError.
    except (OSError, UnicodeError):
        raise SendError(SendCode.UNREACHABLE) from None
    addresses = [(str(where[0]), port) for *_, where in found]
    if not (may_be_private or all(_is_public(address) for address, _ in addresses)):
        raise SendError(SendCode.ADDRESS_PRIVATE)
    return addresses


def _is_public(text: str) -> bool:
    address = carried(ipaddress.ip_address(text))
    return address.is_global and not (address.is_multicast or address.is_reserved or address in _SITE)


@contextmanager
def _connected(target: SplitResult, ends_at: float, *, may_be_private: bool) -> Iterator[socket.socket]:
    """A connection that ends at this moment, whatever the receiver does."""
    addresses = _resolve(target, may_be_private=may_be_private)
    opened = _open(addresses, _left_s(ends_at) / len(addresses))
    if target.scheme == "https":
        opened = _tls().wrap_socket(opened, server_hostname=target.hostname, do_handshake_on_connect=False)
    # A socket's own time-out begins anew with each byte.
    timer = threading.Timer(_left_s(ends_at), _end, [opened])
    with closing(opened):
        timer.start()
        try:
            if isinstance(opened, ssl.SSLSocket):
                opened.do_handshake()
            yield opened
        finally:
            timer.cancel()


def _left_s(ends_at: float) -> float:
    return max(0.0, ends_at - time.monotonic())


def _open(addresses: Sequence[tuple[str, int]], each_s: float) -> socket.socket:
    first, *others = addresses
    try:
        return socket.create_connection(first, each_s)
    except OSError:
        if not others:
            raise
    return _open(others, each_s)


def _end(opened: socket.socket) -> None:
    # Below TLS, whose own farewell would wait for the receiver.
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
