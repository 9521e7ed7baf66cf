"""A few hundred of the damaged photos that the benchmark sends by the thousands, without a server between."""

import math
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.mutated_photos.mutation import WAYS, mutate
from benchmarks.mutated_photos.sending import send
from majani.decision.diagnoser import Diagnoser
from majani.errors import PhotoError
from tests.pictures import PictureFactory

PHOTOS = 400
SOUND = (
    PictureFactory().leaf(),
    PictureFactory().png(),
    PictureFactory().webp(),
    *(PictureFactory().exif_rotated(6, image_format) for image_format in ("JPEG", "PNG", "WEBP")),
)


# Pillow warns of what it finds odd in EXIF; the photo is sound nevertheless.
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_photos_are_answered_or_refused(diagnoser: Diagnoser) -> None:
    seen: Counter[str] = Counter()
    for seed in range(PHOTOS):
        done, photo = mutate(SOUND, seed)
        try:
            seen[diagnoser.diagnose([photo]).outcome] += 1
        except PhotoError as error:
            seen[error.code] += 1
        # Whatever else it raises would be a server error.
        except Exception as error:
            raise AssertionError(f"seed {seed}: {done}") from error
    assert seen["photo_broken"] > PHOTOS / 5
    assert seen["healthy"] > PHOTOS / 20


def test_same_seed_is_same_damage() -> None:
    assert [mutate(SOUND, seed) for seed in range(50)] == [mutate(SOUND, seed) for seed in range(50)]


def test_every_way_damages() -> None:
    done = Counter(way for seed in range(PHOTOS) for way in mutate(SOUND, seed)[0].split(", ")[1:])
    assert set(done) - {"checksums put right"} == {way.__name__ for way in WAYS}
    assert sum(mutate(SOUND, seed)[1] not in SOUND for seed in range(PHOTOS)) > 0.9 * PHOTOS


class Unreliable(BaseHTTPRequestHandler):
    """Answers with what it is sent: a status, then the body."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        status, _, body = self.rfile.read(int(self.headers["Content-Length"])).partition(b" ")
        if status == b"0":
            self.close_connection = True
            return
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Unreliable) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_failures_are_told_by_their_seed(port: int) -> None:
    photos = {
        1: b'201 {"outcome": "healthy"}',
        2: b'422 {"code": "photo_broken"}',
        3: b'500 {"code": "internal_error"}',
        4: b"0 the connection is closed",
        5: b"200 no JSON",
        6: b'201 {"outcome": "healthy"}',
    }
    sent = send(port, photos, photos.__getitem__, clients=2, until=math.inf)
    assert sorted(seed for seed, _ in sent.failures) == [3, 4, 5]
    assert (3, "500 internal_error") in sent.failures
    assert sent.answers == {(201, "healthy"): 2, (422, "photo_broken"): 1}
    assert sent.count == len(photos)


def test_nothing_is_sent_after_the_end(port: int) -> None:
    assert send(port, range(5), lambda _: b"200 {}", clients=2, until=0).count == 0
