"""Limits the memory of requests: the size and parts of each, and the total of all in a process."""

from functools import cached_property, partial
from io import BytesIO, RawIOBase
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any, cast

from flask import Flask, Request, Response, current_app, g, request
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from majani.image.decode import MAX_PHOTO_BYTES
from serving.http.errors import RequestCode, RequestError
from serving.http.rate_limit import CASES
from serving.settings import Settings

# A verdict, a form of the desk. Bodies are parsed before a view can ask who sent them, so large ones are for photos.
MAX_SMALL_BYTES = 64 * 1024
# Five photos, an empty input and a few fields; enough to say "too many photos" instead of "too large".
MAX_FORM_PARTS = 32
# One process holds photos of at most this many of the largest requests.
HELD_REQUESTS = 4
_BUSY_RETRY_S = 5
# Photos to learn from, which are to be kept: after its role is known, their sender may fill a file, not the memory.
UPLOADS = frozenset({"teach.upload"})
MAX_UPLOAD_BYTES = 256 * 1024 * 1024
MAX_UPLOAD_PARTS = 420
# One process takes four of the largest at once, and sixteen of any size: each has a thread.
_LEAST_UPLOAD_BYTES = MAX_UPLOAD_BYTES // 4
_UPLOADS_KEY = "majani_uploads"
_URLENCODED = "application/x-www-form-urlencoded"
PIECE_BYTES = 256 * 1024


class BoundedFile(BytesIO):
    """Keeps one byte more than a photo may have, so that its reader sees that there was more."""

    def write(self, data: Any) -> int:
        """Keep what fits, and take the rest for written."""
        super().write(data[: max(0, MAX_PHOTO_BYTES + 1 - self.tell())])
        return len(data)


class _Section(RawIOBase):
    """One of many files that lie behind each other in one, because a process has few open files; written once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._start, self._size_bytes, self._at = file, file.seek(0, 2), 0, 0

    def write(self, data: Any) -> int:
        self._size_bytes += len(data)
        return self._file.write(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(buffer), self._size_bytes - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size_bytes)[whence])
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()


class _FormParser(FormDataParser):
    """Reads forms with a parser that takes a third of the time of Werkzeug's for a photo."""

    def _parse_multipart(
        self,
        stream: IO[bytes],
        mimetype: str,  # noqa: ARG002
        content_length: int | None,
        options: dict[str, str],
    ) -> Any:
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        try:
            parser = PushMultipartParser(options.get("boundary", ""), max_segment_count=self.max_form_parts)
            for event in parser.parse_blocking(stream.read, PIECE_BYTES):
                if isinstance(event, MultipartSegment):
                    part, content = event, self.stream_factory(content_length, None, event.filename)
                elif event:
                    content.write(event)
                    if part.filename is None and part.bytes_received > self.max_form_memory_size:
                        raise RequestEntityTooLarge
                else:
                    content.seek(0)
                    if part.filename is None:
                        fields.append((part.name, content.read().decode(errors="replace")))
                    else:
                        files.append((part.name, FileStorage(content, part.filename, part.name)))
            parser.close()
        except ParserLimitReached as error:
            raise RequestEntityTooLarge from error
        # Cut off on its way, or no form at all. Werkzeug would take it for an empty one.
        except MultipartError as error:
            raise BadRequest from error
        return stream, self.cls(fields), self.cls(files)


class MemoryRequest(Request):
    """A request whose files stay in memory, but those of ``UPLOADS``.

    By default larger ones pass through a temporary file. A photo that its sender did not agree to keep must not touch a
    disk, and the size of a request is bounded anyway.
    """

    form_data_parser_class = _FormParser

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON; brackets that are nested too deeply are an error too."""
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError as error:
            raise BadRequest from error

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        if filename is not None and self.endpoint in UPLOADS:
            return cast(IO[bytes], _Section(self._uploaded))
        return BoundedFile()

    @cached_property
    def _uploaded(self) -> IO[bytes]:
        return TemporaryFile()  # closed with the sections


class HeldBytes:
    """Counts the bytes of all bodies that are in memory, on any thread."""

    def __init__(self, most_bytes: int) -> None:
        self._free_bytes = most_bytes
        self._lock = Lock()

    def take(self, size_bytes: int) -> bool:
        """Reserve memory for a body, if there is enough."""
        with self._lock:
            is_enough = size_bytes <= self._free_bytes
            self._free_bytes -= size_bytes if is_enough else 0
        return is_enough

    def give_back(self, size_bytes: int) -> None:
        """Free what a body took."""
        with self._lock:
            self._free_bytes += size_bytes


def _hold(held: HeldBytes, size_bytes: int) -> None:
    """Reserve room for the body of this request, until it ends; raises ``busy``."""
    if not held.take(size_bytes):
        raise RequestError(RequestCode.BUSY, "others are sending photos", retry_after_s=_BUSY_RETRY_S)
    g.give_back = partial(held.give_back, size_bytes)


def allow_upload() -> None:
    """Let the sender of the request, whose role is known by now, send many photos where they are to be kept.

    Raises:
        RequestError: ``busy`` if others send as many as fit.
    """
    if request.endpoint in UPLOADS:
        size_bytes = MAX_UPLOAD_BYTES if request.content_length is None else request.content_length
        _hold(current_app.extensions[_UPLOADS_KEY], min(max(size_bytes, _LEAST_UPLOAD_BYTES), MAX_UPLOAD_BYTES))
        request.max_content_length, request.max_form_parts = MAX_UPLOAD_BYTES, MAX_UPLOAD_PARTS


def register(app: Flask, settings: Settings) -> None:
    """Bound the requests of ``app``, before anything reads them."""
    app.request_class = MemoryRequest
    app.config.update(MAX_CONTENT_LENGTH=settings.max_request_bytes, MAX_FORM_PARTS=MAX_FORM_PARTS)
    held = HeldBytes(HELD_REQUESTS * settings.max_request_bytes)
    app.extensions[_UPLOADS_KEY] = HeldBytes(HELD_REQUESTS * MAX_UPLOAD_BYTES)

    @app.before_request
    def bound() -> None:
        # RFC 9112; a proxy and the service could otherwise mean different hosts.
        if request.environ["SERVER_PROTOCOL"] == "HTTP/1.1" and "HTTP_HOST" not in request.environ:
            raise BadRequest
        if request.endpoint not in CASES:
            request.max_content_length = MAX_SMALL_BYTES
            # Werkzeug counts the parts of multipart forms only. Of an upload, nothing is read before the role is known.
            is_read = request.mimetype == _URLENCODED and request.endpoint not in UPLOADS
            if is_read and request.get_data().count(b"&") >= MAX_FORM_PARTS:
                raise RequestEntityTooLarge
            return
        # A body in chunks has no length.
        most_bytes = settings.max_request_bytes
        size_bytes = min(most_bytes if request.content_length is None else request.content_length, most_bytes)
        _hold(held, size_bytes)

    @app.after_request
    def end_connection(response: Response) -> Response:
        # A server reads no more than this of what a refusal has left unread; the sender's next request would be lost.
        size_bytes = request.content_length or 0
        if response.status_code >= 400 and ("Transfer-Encoding" in request.headers or size_bytes > MAX_SMALL_BYTES):
            response.headers["Connection"] = "close"
        return response

    @app.teardown_request
    def free(_: BaseException | None) -> None:
        g.pop("give_back", bool)()
