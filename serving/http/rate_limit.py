"""Limits the requests of one address or program, so that a broken client cannot keep farmers waiting.

If the shared storage is away, every process counts for itself until it is back. An address is stored as a hash, until
its window is over.
"""

import hashlib
import logging
import math
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter
from limits.errors import StorageError
from limits.storage import MemoryStorage

from serving.http.addresses import carried
from serving.persistence.case_record import Origin
from serving.settings import Settings

# These take photos; answering one keeps a core busy.
CASES = frozenset({"diagnoses.diagnose", "pages.answer"})
# These count as cases: a withdrawal stores its key.
_COUNTED_AS_CASES = CASES | {"diagnoses.withdraw"}
# The operator's own machines ask these without a limit.
_OPERATION = frozenset({"/healthz", "/readyz", "/metrics"})
# A platform delivers the messages of all users from a few addresses and proves each delivery. Only those count that
# prove nothing.
_PLATFORMS = frozenset(Origin) - {Origin.API, Origin.PAGE}
_UNPROVED = frozenset({400, 401})
# Files, as cheap as static ones, which Flask-Limiter does not count either; a phone fetches all of them at once.
_FILES = frozenset({"phone_app", "examples"})
# Longest silence of a shared storage, which is in the same network; requests wait for it.
_SILENCE_S = 0.5
_MEMORY = "memory://"
_FORGETS_EVERY_S = 60
_WITH_PORT = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::[0-9]+)?")


class _Counts(MemoryStorage):
    """In memory; forgets once a minute. The library starts a thread for that at each request, which waits for it."""

    STORAGE_SCHEME: list[str] = ["majani"]  # noqa: RUF012
    _forgets_at = 0.0

    # The library's private name.
    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802
        if time.monotonic() >= self._forgets_at:
            self._forgets_at = time.monotonic() + _FORGETS_EVERY_S
            self._MemoryStorage__expire_events()  # type: ignore[attr-defined]


def register(app: Flask, settings: Settings, client_of_request: Callable[[], int | None]) -> Limiter:
    """Count the requests of ``app``, and refuse those that are too many; a program counts by its number."""

    def sender() -> str:
        client = client_of_request()
        counted = network_of(request.remote_addr or "") if client is None else f"client {client}"
        return hashlib.blake2b(counted.encode(), key=secret, digest_size=16).hexdigest()

    def photos() -> str:
        return settings.rate_limit if client_of_request() is None else settings.rate_limit_client

    # Its line about a refused request contains the key; only the beginning of an outage matters.
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)
    secret, is_shared = _secret(settings), settings.rate_limit_url != _MEMORY
    options: dict[str, Any] = {"socket_connect_timeout": _SILENCE_S, "socket_timeout": _SILENCE_S}
    limiter = Limiter(
        sender,
        app=app,
        application_limits=[
            ApplicationLimit(photos, scope="cases", exempt_when=lambda: not _is_case()),
            ApplicationLimit(
                settings.rate_limit_other, scope="other", exempt_when=lambda: _is_case() or _is_delivery()
            ),
            ApplicationLimit(
                settings.rate_limit_other,
                scope="unproved",
                exempt_when=lambda: not _is_delivery(),
                deduct_when=lambda response: response.status_code in _UNPROVED,
            ),
        ],
        storage_uri=settings.rate_limit_url if is_shared else "majani://",
        storage_options={**options, "wrap_exceptions": True} if is_shared else {},
        strategy="fixed-window",
        in_memory_fallback_enabled=is_shared,
        # Requests that meet a storage in the moment of its failure are answered without being counted.
        swallow_errors=True,
        headers_enabled=False,
        # Count unknown addresses too: scanners try many.
        request_identifier=lambda: request.endpoint or "none",
    )
    limiter.request_filter(lambda: request.path in _OPERATION or request.blueprint in _FILES)
    app.after_request(partial(_add_headers, limiter))
    return limiter


def count_photos(photos: int) -> None:
    """Count a case of several photos as that many: each costs the cores as much as a case of one.

    A case that is already here is answered, so only the sender's next one can be refused.
    """
    for limiter in current_app.extensions["limiter"]:
        for counted in limiter.current_limits if photos > 1 else ():
            with suppress(StorageError):
                limiter.limiter.hit(counted.limit, *counted.request_args, cost=photos - 1)


def network_of(address: str) -> str:
    """The network that counts as one sender.

    An IPv4 address counts as such, also where an IPv6 address carries it. Of an IPv6 address only the first 64 bits
    count: every household has all the others to itself.
    """
    # Some proxies add the port, which is another one for each connection.
    bare = _WITH_PORT.fullmatch(address)
    try:
        known = carried(ip_address(bare[1] or bare[2] if bare else address))
    except ValueError:
        # A proxy's own word for a sender, or a socket without addresses.
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return f"{IPv6Address(int(known) >> 64 << 64)}/64"


def _is_case() -> bool:
    return request.endpoint in _COUNTED_AS_CASES


def _is_delivery() -> bool:
    return request.blueprint in _PLATFORMS


def _secret(settings: Settings) -> bytes:
    """Key of the hashes, shared by processes that count together. A backup of the storage alone reveals no address."""
    if settings.rate_limit_url == _MEMORY:
        return os.urandom(hashlib.blake2b.MAX_KEY_SIZE)
    return hashlib.sha256(settings.rate_limit_url.encode()).digest()


def _add_headers(limiter: Limiter, response: Response) -> Response:
    """Own headers, because Flask-Limiter names the moment by its clock and sends Retry-After with every answer."""
    current = limiter.current_limit
    if current is None:
        return response
    try:
        reset_s = max(1, math.ceil(current.window.reset_time - time.time()))
        remaining = current.remaining
    # The storage went away since the request was counted; the answer has no such headers.
    except StorageError:
        return response
    # The draft of 2025; the three below are of the one before.
    response.headers["RateLimit"] = f'"{"cases" if _is_case() else "other"}";r={remaining};t={reset_s}'
    response.headers["RateLimit-Limit"] = str(current.limit.amount)
    response.headers["RateLimit-Remaining"] = str(remaining)
    response.headers["RateLimit-Reset"] = str(reset_s)
    if current.breached:
        response.headers["Retry-After"] = str(reset_s)
    return response
