"""Requests to the platforms: bounded in time, in size and in attempts.

Every failure leaves here as a :class:`PlatformError` without its cause: the cause would name the address, and with it a
token or a telephone number.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ProxyError, ReadTimeoutError

from majani.errors import ErrorCode, PhotoError
from majani.image.decode import MAX_PHOTO_BYTES
from serving.messaging.platform import Deadline, PlatformCode, PlatformError

ATTEMPTS = 3
# Doubled after every attempt; enough for a connection that was closed or a server that is being replaced.
_FIRST_PAUSE_S = 0.3
# Nothing was carried out.
UNDONE = frozenset({PlatformCode.UNREACHABLE, PlatformCode.BUSY})
# Something may have been.
_IN_DOUBT = UNDONE | {PlatformCode.BROKEN_OFF, PlatformCode.FAILED}
_PASSING = _IN_DOUBT | {PlatformCode.TIMED_OUT}
# TCP has tried twice within this time.
_CONNECT_TIMEOUT_S = 3.05
# Less than there is time, so that whatever may be asked again can be.
_SILENCE_S = 3.0
_CHUNK_BYTES = 64 * 1024
# Answers to everything but a download are a few hundred bytes.
_MAX_JSON_BYTES = 1024 * 1024

Headers = Mapping[str, str]


class Transport:
    """Connections to one platform, kept open between requests; safe to share between threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # The only thing in a session that threads would share.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get(self, url: str, *, deadline: Deadline, headers: Headers | None = None) -> Any:
        """Ask for JSON, or raise PlatformError."""
        with self._answer("GET", url, deadline, _PASSING, headers=headers) as response:
            return _read_json(response, deadline)

    def post(
        self,
        url: str,
        message: Mapping[str, Any],
        *,
        deadline: Deadline,
        headers: Headers | None = None,
        is_form: bool = False,
        retried: Collection[PlatformCode] = _IN_DOUBT,
    ) -> Any:
        """Send JSON, or a form, and get JSON, or raise PlatformError.

        A message that comes twice harms less than one that does not come; where it costs money, retry UNDONE alone.
        Silence is no reason to try again: most often the platform has passed the message on already.
        """
        with self._answer(
            "POST", url, deadline, retried, headers=headers, **{"data" if is_form else "json": message}
        ) as response:
            return _read_json(response, deadline)

    def download(self, url: str, *, deadline: Deadline, headers: Headers | None = None) -> bytes:
        """Fetch a photo; ``photo_too_large`` is raised before more than the limit was read."""
        with self._answer("GET", url, deadline, _PASSING, headers=headers) as response:
            return _read(response, MAX_PHOTO_BYTES, deadline)

    @contextmanager
    def _answer(
        self, method: str, url: str, deadline: Deadline, retried: Collection[PlatformCode], **request: Any
    ) -> Iterator[requests.Response]:
        def attempt() -> requests.Response:
            left_s = deadline.remaining_s()
            if left_s == 0:
                raise PlatformError(PlatformCode.TIMED_OUT)
            timeout = (min(_CONNECT_TIMEOUT_S, left_s), min(_SILENCE_S, left_s))
            response = self._session.request(
                method, url, stream=True, timeout=timeout, allow_redirects=False, **request
            )
            # A redirect could lead anywhere, and no platform sends one.
            if response.status_code >= 300:
                response.close()
                status, pause_s = response.status_code, _asked_pause_s(response)
                raise PlatformError(_status_code(status), status=status, pause_s=pause_s)
            return response

        with _retry(attempt, deadline, retried, ATTEMPTS, _FIRST_PAUSE_S) as response, _translated():
            yield response


def _retry(
    attempt: Callable[[], requests.Response],
    deadline: Deadline,
    retried: Collection[PlatformCode],
    attempts: int,
    pause_s: float,
) -> requests.Response:
    try:
        with _translated():
            return attempt()
    except PlatformError as error:
        pause_s = max(pause_s, error.pause_s)
        if attempts == 1 or error.code not in retried or pause_s >= deadline.remaining_s():
            raise
    time.sleep(pause_s)
    return _retry(attempt, deadline, retried, attempts - 1, 2 * pause_s)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, HTTPError) as error:
        raise PlatformError(_code(error)) from None


def _code(error: Exception) -> PlatformCode:
    # requests tells a connection that was never made from one that broke only by what it wraps.
    if isinstance(getattr(next(iter(error.args), None), "reason", None), ConnectTimeoutError | ProxyError):
        return PlatformCode.UNREACHABLE
    return PlatformCode.TIMED_OUT if isinstance(error, requests.Timeout | ReadTimeoutError) else PlatformCode.BROKEN_OFF


def _status_code(status: int) -> PlatformCode:
    if status in (429, 503):
        return PlatformCode.BUSY
    return PlatformCode.REFUSED if status < 500 else PlatformCode.FAILED


def _asked_pause_s(response: requests.Response) -> float:
    """Return the pause that the platform asks for. HTTP also allows a date, but no platform here sends one."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


def _read(response: requests.Response, limit_bytes: int, deadline: Deadline) -> bytes:
    """The body, as it arrives: a server that sends a byte a second is never silent, and would never end."""
    data = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        data += chunk
        if len(data) > limit_bytes:
            raise PhotoError(ErrorCode.PHOTO_TOO_LARGE, f"more than {limit_bytes} bytes")
        if deadline.remaining_s() == 0:
            raise PlatformError(PlatformCode.TIMED_OUT)
    return bytes(data)


def _read_json(response: requests.Response, deadline: Deadline) -> Any:
    try:
        return json.loads(_read(response, _MAX_JSON_BYTES, deadline))
    # Not a photo: no answer of a platform is that long.
    except (ValueError, PhotoError):
        raise PlatformError(PlatformCode.NOT_UNDERSTOOD) from None
