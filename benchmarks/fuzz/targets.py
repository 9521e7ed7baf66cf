"""What is fuzzed: each target reads some bytes and raises only if the reader broke a promise."""

import copy
import io
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from urllib3 import encode_multipart_formdata

from majani.errors import BundleError, PhotoError
from majani.image.decode import decode
from majani.model.bundle import MANIFEST_FILE, MODEL_FILE, Manifest, read_bundle, sha256_hex
from serving.app import create_app
from serving.settings import Settings
from training.artifacts.files import CURRENT_DIR

MAX_CPU_S = 1.0
_UNLIMITED = "1000000 per second"
_CASE_HEAD = b"image/jpeg\n\n\n"
_BOUNDARY = "fuzz"
_MODEL = b"no model"
_ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    float("inf"),
    2**70,
    "",
    "\udcff",
    "x" * 70,
    [],
    {},
    [[]],
    {"": 0},
)

Reader = Callable[[bytes], None]


class HangError(Exception):
    """An input took more CPU time than any may."""


class BrokenPromiseError(Exception):
    """The service answered with an error of its own."""


@dataclass(frozen=True)
class Target:
    """One reader."""

    opened: Callable[[], AbstractContextManager[Reader]]
    seeds: Callable[[], list[bytes]]
    max_bytes: int
    mutate: Callable[[bytes, int, int], bytes] | None = None


def read_within_bound(read: Reader, data: bytes) -> None:
    """Read one input."""
    began = time.thread_time()
    read(data)
    if (spent_s := time.thread_time() - began) > MAX_CPU_S:
        raise HangError(f"{spent_s:.2f} s of CPU time for {len(data)} bytes")


@contextmanager
def _decoder() -> Iterator[Reader]:
    def read(data: bytes) -> None:
        with suppress(PhotoError):
            pixels = decode(data)
            if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
                raise BrokenPromiseError(f"pixels of shape {pixels.shape}, {pixels.dtype}")

    yield read


@contextmanager
def _case() -> Iterator[Reader]:
    """Content type, query and idempotency key, a line each, then the body; through the whole app."""
    with tempfile.TemporaryDirectory(prefix="majani-fuzz-") as folder:
        kept = {"database_url": f"sqlite:///{folder}/majani.sqlite3", "photos_url": f"{folder}/photos"}
        limits = {"rate_limit": _UNLIMITED, "rate_limit_other": _UNLIMITED}
        client = create_app(Settings(bundle=CURRENT_DIR, **kept, **limits)).test_client()

        def read(data: bytes) -> None:
            media_type, query, key, body = [*data.split(b"\n", 3), b"", b"", b""][:4]
            headers = {"Idempotency-Key": _header(key)} if key else {}
            answer = client.post(
                "/v1/diagnoses",
                query_string=query.decode("latin-1"),
                data=body,
                content_type=_header(media_type),
                headers=headers,
            )
            if answer.status_code >= 500:
                raise BrokenPromiseError(f"{answer.status}: {answer.get_data(as_text=True)}")

        yield read


def _header(raw: bytes) -> str:
    # A server refuses these before the app hears of them.
    return raw.replace(b"\r", b"").replace(b"\0", b"").decode("latin-1")


@contextmanager
def _manifest() -> Iterator[Reader]:
    with tempfile.TemporaryDirectory(prefix="majani-fuzz-") as name:
        folder = Path(name)
        (folder / MODEL_FILE).write_bytes(_MODEL)

        def read(data: bytes) -> None:
            (folder / MANIFEST_FILE).write_bytes(data)
            with suppress(BundleError):
                manifest = read_bundle(folder).manifest
                written = manifest.model_dump_json(exclude_none=True)
                if Manifest.model_validate_json(written) != manifest:
                    raise BrokenPromiseError("a manifest changes when it is written")

        yield read


def change_json(data: bytes, max_bytes: int, seed: int) -> bytes:
    """Change one value of a JSON document; changed bytes alone would hardly ever be JSON."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = json.loads(_manifests()[0])
    places = [place for place in _places(document) if chance.random() < 0.1] or [(document, None)]
    holder, key = chance.choice(places)
    if key is None:
        return data[:max_bytes]
    odd = chance.choice([*_ODD_VALUES, holder, chance.choice(places)[0], chance.random(), [holder[key]] * 3])
    if chance.random() < 0.2:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(odd)
    return json.dumps(document).encode()[:max_bytes]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _pictures() -> list[bytes]:
    picture = Image.linear_gradient("L").resize((32, 24)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    forms = [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True})]

    def written(image: Image.Image, image_format: str, options: Mapping[str, bool]) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, image_format, exif=exif, **options)
        return buffer.getvalue()

    others = [picture.convert(mode) for mode in ("P", "RGBA", "I;16", "LA")]
    return [
        *(written(picture, image_format, options) for image_format, options in forms),
        *(written(image, "PNG", {}) for image in others),
        written(picture.convert("CMYK"), "JPEG", {}),
    ]


def _cases() -> list[bytes]:
    jpeg, *_ = _pictures()
    fields = {"crop": "bean", "consent": "location", "latitude": "-0.1", "longitude": "35"}
    body, _ = encode_multipart_formdata([*fields.items(), ("photo", ("a.jpg", jpeg, "image/jpeg"))], boundary=_BOUNDARY)
    head = f"multipart/form-data; boundary={_BOUNDARY}\ncrop=bean&consent=photos\naaaaaaaaaaaaaaaaaaaaaa\n".encode()
    return [_CASE_HEAD + jpeg, head + body, b"application/json\n\n\n{}", b"application/x-www-form-urlencoded\n\n\na=b"]


def _manifests() -> list[bytes]:
    manifest = json.loads((CURRENT_DIR / MANIFEST_FILE).read_bytes())
    manifest["model"] |= {"sha256": sha256_hex(_MODEL), "size_bytes": len(_MODEL)}
    return [json.dumps(manifest).encode(), b"{}", b"[[[[", b'{"schema_version":1}']


TARGETS: Mapping[str, Target] = {
    "decoder": Target(_decoder, _pictures, 16 * 1024),
    "case": Target(_case, _cases, 16 * 1024),
    "manifest": Target(_manifest, _manifests, 64 * 1024, change_json),
}
