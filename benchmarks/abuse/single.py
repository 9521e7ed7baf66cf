"""Single requests of strangers: odd and large bodies to every route, and photos that cost more than they look."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from typing import Any

import numpy as np
import yaml
from PIL import Image

from benchmarks.abuse.client import address, ask, case, request
from benchmarks.abuse.scene import Scene
from benchmarks.harness.asking import form
from benchmarks.harness.service import ROOT

_MIB = 1024**2
# Largest that a route without photos reads.
_SMALL = 63 * 1024
_REPEATS = 3
_BOUNDARY = "abuse"
_FORM = f"Content-Type: multipart/form-data; boundary={_BOUNDARY}"
_DESCRIPTION = ROOT / "serving/api/openapi.yaml"
_PAGES = (
    *(("POST", path) for path in ("/desk/sign-in", "/desk/sign-out", "/desk/cases/x", "/desk/next", "/absent")),
    *(("POST", path) for path in ("/answers/x/delete", "/answers/x/feedback", "/channels/telegram")),
    *(("GET", path) for path in ("/desk", "/desk/overview", "/answers/x", "/app/", "/leaflets/x", "/static/x")),
)
_CASES = {("POST", "/v1/diagnoses"), ("POST", "/")}

Body = Callable[[], tuple[bytes, str]]


@dataclass(frozen=True)
class Cost:
    """Of one request."""

    name: str
    memory_mb: float
    core_s: float
    statuses: tuple[int, ...]


def _repeated(unit: bytes, size: int, start: bytes = b"", end: bytes = b"") -> bytes:
    return start + unit * ((size - len(start) - len(end)) // len(unit)) + end


def _parts(size: int) -> bytes:
    part = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.encode()
    return _repeated(part, size, end=f"--{_BOUNDARY}--\r\n".encode())


_URLENCODED, _JSON = "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/json"
BODIES: Mapping[str, Body] = {
    "31 MB of fields": lambda: (_repeated(b"a=b&", 31 * _MIB), _URLENCODED),
    "30 MB of JSON": lambda: (_repeated(b"{},", 30 * _MIB, b'{"verdict":[', b"{}]}"), _JSON),
    "63 kB of fields": lambda: (_repeated(b"a=b&", _SMALL), _URLENCODED),
    "63 kB of escapes": lambda: (_repeated(b"%41=%u&", _SMALL), _URLENCODED),
    "63 kB of JSON objects": lambda: (_repeated(b"{},", _SMALL, b'{"verdict":[', b"{}]}"), _JSON),
    "63 kB of brackets": lambda: (b"[" * _SMALL, _JSON),
    "63 kB of digits": lambda: (b'{"verdict":' + b"9" * (_SMALL - 12) + b"}", _JSON),
    "63 kB of parts": lambda: (_parts(_SMALL), _FORM),
    "a 60 kB line in a part": lambda: (b"--abuse\r\nX: " + b"a" * (60 * 1024), _FORM),
    "a 7 kB cookie": lambda: (b"", "Cookie: " + _repeated(b"a=b;", 7000).decode()),
    "a 7 kB language list": lambda: (b"", "Accept-Language: " + _repeated(b"a-b;q=.1,", 7000).decode()),
    "10,000 digits of range": lambda: (b"", "Range: bytes=" + _repeated(b"1-2,", 7000).decode()),
}


def routes() -> list[tuple[str, str]]:
    """Method and path of every route that takes no photos, with something in each variable part."""
    paths: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    found = [(method.upper(), re.sub(r"\{\w+\}", "x", path)) for path, of_path in paths.items() for method in of_path]
    methods = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"}
    known = {route for route in [*found, *_PAGES] if route[0] in methods}
    return sorted(known - _CASES)


def odd_requests() -> Iterator[tuple[str, bytes]]:
    """Every odd body for every route, named by the body and the route."""
    for name, body in BODIES.items():
        content, head = body()
        for method, path in routes():
            if content and method == "GET" and len(content) > _MIB:
                continue
            yield f"{name}: {method} {path}", request(method, path, content, head)


def photo(side: tuple[int, int], image_format: str, mode: str = "RGB", **options: object) -> bytes:
    """A flat picture: small to send, dear to decode."""
    buffer = BytesIO()
    Image.new(mode, side, 9).save(buffer, image_format, **options)
    return buffer.getvalue()


def _noisy(side: tuple[int, int], **options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (side[1] // 8, side[0] // 8, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).resize(side, Image.Resampling.NEAREST).save(buffer, "JPEG", **options)
    return buffer.getvalue()


_12MP, _16MP, _25MP, _63MP = (4000, 3000), (4600, 3450), (5700, 4300), (9100, 6900)
_MAKERS: Mapping[str, Callable[[], bytes]] = {
    "WebP, lossless, 12 MP": partial(photo, _12MP, "WEBP", lossless=True),
    "WebP, lossless, 16 MP": partial(photo, _16MP, "WEBP", lossless=True),
    "WebP, lossless, 25 MP": partial(photo, _25MP, "WEBP", lossless=True),
    "WebP, 16 MP": partial(photo, _16MP, "WEBP"),
    "PNG, 12 MP": partial(photo, _12MP, "PNG"),
    "PNG, transparent, 16 MP": partial(photo, _16MP, "PNG", "RGBA"),
    "PNG, 16 bit, 16 MP": partial(photo, _16MP, "PNG", "I;16"),
    "PNG, 25 MP": partial(photo, _25MP, "PNG"),
    "JPEG, baseline, 63 MP": partial(photo, _63MP, "JPEG", quality=20),
    "JPEG, progressive, 16 MP": partial(photo, _16MP, "JPEG", progressive=True),
    "JPEG, progressive, noisy, 16 MP": partial(_noisy, _16MP, progressive=True, quality=50),
    "JPEG, baseline, noisy, 63 MP": partial(_noisy, _63MP, quality=30),
    "JPEG, CMYK, 16 MP": partial(photo, _16MP, "JPEG", "CMYK"),
}


@cache
def dear_photos() -> Mapping[str, bytes]:
    """Photos that cost far more than their bytes, by name."""
    return {name: make() for name, make in _MAKERS.items()}


def many(photos: Sequence[bytes]) -> bytes:
    """A case of several photos that are to be kept."""
    return request("POST", "/v1/diagnoses?consent=photos", *form(*photos))


def warm(scene: Scene) -> None:
    """Ask every route as an ordinary client, often enough for all processes to have made what they make once."""
    for number, (method, path) in enumerate(8 * routes()):
        ask(scene.nginx.port, address(8, number), request(method, path))


def measure_odd(scene: Scene) -> list[Cost]:
    """What single requests cost that are no cases."""
    return [_cost(scene, name, sent, address(2, number)) for number, (name, sent) in enumerate(odd_requests())]


def measure_cases(scene: Scene) -> list[Cost]:
    """What cases of one dear photo cost."""
    sent = {name: case(data, "image/x") for name, data in dear_photos().items()}
    return [_cost(scene, name, sent[name], address(6, number)) for number, name in enumerate(sent)]


def measure_fives(scene: Scene) -> list[Cost]:
    """What cases of five dear photos cost."""
    sent = {f"5 x {name}": many([data] * 5) for name, data in dear_photos().items()}
    return [_cost(scene, name, sent[name], address(7, number), repeats=1) for number, name in enumerate(sent)]


def _cost(scene: Scene, name: str, sent: bytes, source: str, repeats: int = _REPEATS) -> Cost:
    before, begun_s = scene.forget_peaks(), scene.core_s()
    statuses = {ask(scene.nginx.port, source, sent) for _ in range(repeats)}
    core_s = (scene.core_s() - begun_s) / repeats
    return Cost(name, scene.risen_mb(before), core_s, tuple(sorted(statuses)))
