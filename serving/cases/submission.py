"""Reads a case from a request; the API and the page share it, so that both accept the same."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from io import BytesIO

from flask import Request
from werkzeug.datastructures import FileStorage

from majani.image.decode import photo_work
from majani.model.bundle import sha256_hex
from serving.http.errors import RequestCode, RequestError
from serving.http.rate_limit import count_photos, network_of
from serving.persistence.case_record import Location

PHOTO_FIELD = "photo"
CROP_FIELD = "crop"
DISTRICT_FIELD = "district"
CONSENT_FIELD = "consent"
LATITUDE_FIELD = "latitude"
LONGITUDE_FIELD = "longitude"
KEY_HEADER = "Idempotency-Key"

_COUNTED_WORK = 2.5
# As many characters as 128 random bits in Base64; printable, so that it survives every proxy and log.
_KEY = re.compile(r"[\x21-\x7e]{22,128}")
# Of 22 random digits, one of three million has fewer different ones; what people make up has, as in a row of zeros.
_MIN_DIFFERENT = 5


class Consent(StrEnum):
    """What a sender may allow, each on its own; nothing is allowed by default."""

    PHOTOS = "photos"
    LOCATION = "location"


@dataclass(frozen=True)
class Submission:
    """The sender's photos and fields before any check. It has a location only if the service may keep it.

    The sender's keyed hash is that of a messenger, which leads back to the case as a token does elsewhere, and so does
    the alias, that of another id of the same person. A program with a key has a number. The district, as the sender
    spells it, does not make it another case.
    """

    photos: tuple[bytes, ...]
    crop_hint: str | None
    keeps_photos: bool = False
    location: Location | None = None
    sender_hash: str | None = None
    alias_hash: str | None = None
    network: str = ""
    client_id: int | None = None
    district: str | None = None

    @property
    def sender(self) -> str:
        """Behind whose cases it waits: a messenger's sender, a program, or a network."""
        return self.sender_hash or (self.network if self.client_id is None else f"client {self.client_id}")

    @cached_property
    def works(self) -> Sequence[float]:
        """Estimate of what each photo takes, in usual photos; one that was sent again costs nothing."""
        return [0.0 if photo in self.photos[:at] else photo_work(photo) for at, photo in enumerate(self.photos)]

    @property
    def work(self) -> float:
        """Estimate of what answering takes."""
        return sum(self.works) or 1.0

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all that was sent; two cases with the same are one case sent twice."""
        parts = [str(self.crop_hint), str(self.keeps_photos), str(self.location)]
        parts += [sha256_hex(photo) for photo in self.photos]
        return sha256_hex("\n".join(parts).encode())


def read_case(request: Request, client_id: int | None = None, *, district: str | None = None) -> Submission:
    """Read a case from a form with files, or from a body that is one image; of the program with this number, if any.

    The ``district`` of a token goes before the one that the sender chose. A file input in which nothing was chosen
    arrives as a part without name and content; it counts as absent.

    Raises:
        RequestError: ``media_type_unsupported`` for any other body; ``request_too_large``; ``request_invalid`` for a
            consent or a location that cannot be understood.
        werkzeug.exceptions.RequestEntityTooLarge: Likewise, raised while a form is read.
    """
    # What the file is, its content says.
    is_image = request.mimetype.startswith("image/") or request.mimetype == "application/octet-stream"
    if not is_image and request.mimetype != "multipart/form-data":
        raise RequestError(
            RequestCode.MEDIA_TYPE_UNSUPPORTED,
            f"the body is {request.mimetype or 'of no declared type'}; send multipart/form-data or image/*",
        )
    consents = _consents(request.values.getlist(CONSENT_FIELD))
    # Never from the address, which proxies write into their logs.
    location = _location(request)
    photos = (_read_image(request),) if is_image else _read_files(request)
    case = Submission(
        photos=photos,
        crop_hint=request.values.get(CROP_FIELD, "").strip() or None,
        keeps_photos=Consent.PHOTOS in consents,
        location=location if Consent.LOCATION in consents else None,
        network=network_of(request.remote_addr or ""),
        client_id=client_id,
        district=district or asked_district(request),
    )
    # A screenshot of 13 megapixels counts as three photos, what messengers write as one.
    count_photos(sum(min(4, max(1, round(work / _COUNTED_WORK))) for work in case.works))
    return case


def asked_district(request: Request) -> str | None:
    """The district that a link, a code on a leaflet or the sender has named; nobody has checked it."""
    return request.values.get(DISTRICT_FIELD)


def refuse_unknown_fields(request: Request) -> None:
    """``request_invalid`` for a form field that nothing reads or that stands twice: a slip of a program."""
    once = {CROP_FIELD, DISTRICT_FIELD, LATITUDE_FIELD, LONGITUDE_FIELD}
    unknown = ({*request.form} - once - {PHOTO_FIELD, CONSENT_FIELD}) | ({*request.files} - {PHOTO_FIELD})
    if unknown:
        raise RequestError(RequestCode.REQUEST_INVALID, f"unknown fields: {', '.join(sorted(unknown))}"[:200])
    twice = {field for field in once if len(request.form.getlist(field)) > 1}
    if twice:
        raise RequestError(RequestCode.REQUEST_INVALID, f"sent twice: {', '.join(sorted(twice))}")


def read_key(request: Request) -> str | None:
    """The idempotency key, if any; ``request_invalid`` if it could be guessed or is not printable."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not (_KEY.fullmatch(key) and len({*key}) >= _MIN_DIFFERENT):
        message = f"{KEY_HEADER} needs 22 to 128 random printable ASCII characters, so that nobody guesses it"
        raise RequestError(RequestCode.REQUEST_INVALID, message)
    return key


def require_key(request: Request) -> str:
    """The idempotency key of a request that is about nothing else; ``request_invalid`` also if there is none."""
    key = read_key(request)
    if key is None:
        raise RequestError(RequestCode.REQUEST_INVALID, f"{KEY_HEADER} is missing")
    return key


def _read_files(request: Request) -> tuple[bytes, ...]:
    uploads = [(upload.filename, _content(upload)) for upload in request.files.getlist(PHOTO_FIELD)]
    return tuple(data for filename, data in uploads if filename or data)


def _content(upload: FileStorage) -> bytes:
    # Reading would copy a photo that is in memory already, and keep both for as long as the case waits for its turn.
    return upload.stream.getvalue() if isinstance(upload.stream, BytesIO) else upload.read()


def _read_image(request: Request) -> bytes:
    data = request.get_data()
    # A body of unknown length is silently cut at the limit, and half a photo would be called broken.
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestError(RequestCode.REQUEST_TOO_LARGE, f"the body has more than {len(data)} bytes")
    return data


def _consents(words: Iterable[str]) -> set[Consent]:
    try:
        return {Consent(word) for word in words if word}
    except ValueError as error:
        allowed = ", ".join(Consent)
        raise RequestError(RequestCode.REQUEST_INVALID, f"{CONSENT_FIELD} may be {allowed}, repeated") from error


def _location(request: Request) -> Location | None:
    written = request.form.get(LATITUDE_FIELD, ""), request.form.get(LONGITUDE_FIELD, "")
    if written == ("", ""):
        return None
    try:
        latitude, longitude = (_degrees(value) for value in written)
    except ValueError as error:
        raise RequestError(RequestCode.REQUEST_INVALID, "latitude and longitude are degrees") from error
    # This also refuses NaN.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise RequestError(RequestCode.REQUEST_INVALID, "latitude is -90..90, longitude -180..180")
    return Location.coarse(latitude, longitude)


def _degrees(value: str) -> float:
    # Python also reads 1_0 and the digits of other scripts.
    if not value.isascii() or "_" in value:
        raise ValueError
    return float(value)
