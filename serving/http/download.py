"""Files of some megabytes, which a phone fetches once and keeps."""

from collections.abc import Iterable
from contextlib import ExitStack
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import cast

from flask import Response, request
from werkzeug.wsgi import ClosingIterator

from serving.http.errors import RequestCode, RequestError

# Where the address has a checksum in it: what it holds is the same today and in a year.
KEPT_FOR_S = 365 * 24 * 3600
# Of 5 MB over a mobile network.
RETRY_S = 30


def take_turn(response: Response, downloads: BoundedSemaphore) -> Response:
    """Make ``response`` one of the few downloads that are sent at a time.

    Whoever reads slowly holds a thread, and with enough of these nobody would get an answer about a leaf. To be called
    last, because it is what is really sent that takes a turn: a part, or nothing.

    Raises:
        RequestError: ``busy``.
    """
    if request.method != "GET" or response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return response
    if not downloads.acquire(blocking=False):
        response.close()
        raise RequestError(RequestCode.BUSY, "others are fetching large files", retry_after_s=RETRY_S)
    # Makes room once, however often it is closed. Servers close a body when it is sent or cannot be.
    end = ExitStack()
    end.callback(downloads.release)
    response.response = ClosingIterator(cast(Iterable[bytes], response.response), end.close)
    return response
