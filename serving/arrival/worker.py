"""gunicorn's threaded worker, with one difference: a request gets a thread when it is whole, not while it arrives.

300 kB take a minute over a bad 2G network. If each slow sender held a thread, a few dozen of them, or one person with
a script, would keep everybody else out. Here they hold a socket and what they have sent, both within bounds of size and
time. For the same reason nobody waits for others to close their end of a connection.
"""

import selectors
import socket
import struct
import sys
import time
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import http
from gunicorn.arbiter import Arbiter
from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import TConn
from pydantic import ValidationError

from majani.errors import MajaniError
from serving.arrival.arrival import Arrival
from serving.arrival.door import DoorWorker
from serving.arrival.unreader import CollectedUnreader
from serving.http.errors import RequestCode, RequestError
from serving.settings import Settings
from serving.telemetry import metrics

# For a head, which fits into a packet or two; also how long a connection may be silent at first.
HEAD_TIMEOUT_S = 10
# For somebody who takes nothing of an answer any more.
SEND_TIMEOUT_S = 30
# Until a sender has noticed that the connection is closed; closing at once could cost it the answer.
PARTING_TIMEOUT_S = 2
# One process holds at most this many of the largest requests, from their first byte to their answer.
HELD_REQUESTS = 4
BUSY_RETRY_S = 5

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_SEND_TIMEOUT = struct.pack("ll", SEND_TIMEOUT_S, 0)
_READ_BYTES = 256 * 1024
# After that much from one sender it is the others' turn.
_READS_PER_TURN = 8
_CHECK_INTERVAL_S = 0.5


class PatientWorker(DoorWorker):
    """Collects requests on the thread that accepts connections; ``handle...`` and ``_keepalive_after`` run on others.

    Attributes:
        held_bytes: What all requests take that are arriving or being answered.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = Settings.from_environment()
        self.held_bytes = 0
        self._max_body_bytes = settings.max_request_bytes
        self._body_timeout_s = settings.upload_timeout_s
        # Beside those that gunicorn keeps for a next request: one arrives, one is answered, or the last one was.
        self._arriving: dict[TConn, tuple[Arrival, float]] = {}
        self._answering: dict[TConn, int] = {}
        self._parting: dict[TConn, float] = {}
        self._buffer = bytearray(_READ_BYTES)
        self._next_check = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what this worker cannot do.

        Raises:
            RuntimeError: For TLS, which would have to be taken off before a request can be seen.
        """
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise RuntimeError("TLS belongs to the proxy in front of the service")

    def load_wsgi(self) -> None:
        """Load the app; what an operator can put right is said in one line."""
        try:
            super().load_wsgi()
        except (MajaniError, ValidationError) as error:
            self.log.critical("cannot start: %s", error)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for a request, where gunicorn would give it a thread already."""
        if conn.parser is None:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader = CollectedUnreader(conn.sock)
            # Or gunicorn would wait for it.
            conn.data_ready = True
        conn.sock.setblocking(False)
        arrival = Arrival(max_body_bytes=self._max_body_bytes)
        self._arriving[conn] = (arrival, time.monotonic() + HEAD_TIMEOUT_S)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        if rest := conn.parser.unreader.take_rest():
            self._feed(conn, rest)
        # Most often it has come together with the connection.
        self._receive(conn)

    def _receive(self, conn: TConn, _: object = None) -> None:
        for _turn in range(_READS_PER_TURN):
            if conn not in self._arriving:
                return
            try:
                count = conn.sock.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                count = 0
            if count == 0:
                self._drop(conn, metrics.Unfinished.HUNG_UP)
            else:
                self._feed(conn, bytes(memoryview(self._buffer)[:count]))

    def _feed(self, conn: TConn, data: bytes) -> None:
        arrival, _ = self._arriving[conn]
        had_head, held_bytes = arrival.has_head, arrival.held_bytes
        arrival.feed(data)
        if arrival.has_head and not had_head:
            self._arriving[conn] = (arrival, time.monotonic() + self._body_timeout_s)
            if arrival.is_awaited:
                self._let_sender_go_on(conn)
        self.held_bytes += arrival.held_bytes - held_bytes
        if arrival.is_hopeless:
            self._drop(conn, metrics.Unfinished.HEAD_TOO_LARGE)
        elif arrival.is_over:
            self._hand_over(conn)
        elif self.held_bytes > HELD_REQUESTS * self._max_body_bytes:
            self._make_room()

    def _make_room(self) -> None:
        """Send away whoever takes most: a few who fill the memory must not be able to keep single photos out."""
        largest = max((arrival for arrival, _ in self._arriving.values()), key=lambda one: one.held_bytes)
        if not largest.is_refused:
            full = f"requests of {self.held_bytes} bytes are being dealt with"
            self._refuse(largest, RequestError(RequestCode.BUSY, full, retry_after_s=BUSY_RETRY_S))

    def _let_sender_go_on(self, conn: TConn) -> None:
        try:
            conn.sock.send(_CONTINUE)
        except OSError:
            # If it is gone, reading tells.
            return

    def _refuse(self, arrival: Arrival, failure: RequestError) -> None:
        self.held_bytes -= arrival.held_bytes
        arrival.refuse(failure)
        self.held_bytes += arrival.held_bytes

    def _hand_over(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        arrival, _ = self._arriving.pop(conn)
        self._answering[conn] = arrival.held_bytes
        conn.parser.unreader.hold(arrival.end())
        super().enqueue_req(conn)

    def _drop(self, conn: TConn, reason: metrics.Unfinished) -> None:
        self.poller.unregister(conn.sock)
        arrival, _ = self._arriving.pop(conn)
        self.held_bytes -= arrival.held_bytes
        # Many connections are opened ahead of time and closed without a word.
        if arrival.held_bytes > 0:
            metrics.observe_unfinished(reason)
        self._close(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer a request; after a body that did not arrive, the connection is of no use any more."""
        reader = req.body.reader
        length_bytes = reader.length if isinstance(reader, LengthReader) else None
        # Two opinions about where a request ends would let its sender hide another one in it.
        if conn.parser.unreader.is_broken or conn.parser.unreader.body_bytes != length_bytes:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        if not super()._keepalive_after(conn, keepalive) or conn.parser.unreader.is_broken:
            return False
        # There gunicorn looks for what has come of the next request.
        conn.parser.unreader.unread(conn.parser.unreader.take_rest())
        return True

    def finish_request(self, conn: TConn, fs: Future[bool]) -> None:
        """Keep the connection for another request, or part from it."""
        self.held_bytes -= self._answering.pop(conn, 0)
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._part(conn)

    def _part(self, conn: TConn) -> None:
        """Tell the sender that nothing more will come, and let go once it has understood."""
        # With it goes what the request took, which is not counted any more.
        conn.parser = None
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear_out, conn))
        except (OSError, ValueError):
            self._close(conn)
        else:
            self._parting[conn] = time.monotonic() + PARTING_TIMEOUT_S

    def _hear_out(self, conn: TConn, _: object = None) -> None:
        try:
            if conn.sock.recv_into(self._buffer):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._let_go(conn)

    def _let_go(self, conn: TConn) -> None:
        del self._parting[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Close what gunicorn has had enough of, and end what takes too long here."""
        super().murder_pending()
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + _CHECK_INTERVAL_S
        for conn in [one for one, deadline in self._parting.items() if deadline < now]:
            self._let_go(conn)
        for conn, (arrival, deadline) in list(self._arriving.items()):
            if deadline < now:
                self._give_up(conn, arrival)
            # A worker that is to stop waits for nobody who has not begun.
            elif not self.alive and arrival.held_bytes == 0:
                self._arriving[conn] = (arrival, min(deadline, now + PARTING_TIMEOUT_S))

    def _give_up(self, conn: TConn, arrival: Arrival) -> None:
        """End an arrival that takes too long; whoever is known to have asked something is told."""
        if not arrival.has_head:
            self._drop(conn, metrics.Unfinished.HEAD_TOO_SLOW)
            return
        if not arrival.is_refused:
            late = f"the body did not arrive within {self._body_timeout_s} s"
            self._refuse(arrival, RequestError(RequestCode.REQUEST_TIMEOUT, late))
        self._hand_over(conn)
