"""From a request to the photos of one case; shared by the API and the page, so that both accept the same."""

from dataclasses import dataclass

from flask import Request

from serving.problems import RequestCode, RequestError

PHOTO_FIELD = "photo"
CROP_FIELD = "crop"


@dataclass(frozen=True)
class Case:
    """What a sender asks about, not yet checked.

    Attributes:
        photos: The bytes of each photo, in the order sent.
        crop_hint: Crop id as sent; None if absent or empty.
    """

    photos: tuple[bytes, ...]
    crop_hint: str | None


def read_case(request: Request) -> Case:
    """Read a case from a form with files, or from a body that is one image.

    A file input in which nothing was chosen arrives as a part without name and content; it counts as absent.

    Raises:
        RequestError: ``media_type_unsupported`` for any other body; ``request_too_large``.
        werkzeug.exceptions.RequestEntityTooLarge: Likewise, raised while a form is read.
    """
    is_image = request.mimetype.startswith("image/")
    if not is_image and request.mimetype != "multipart/form-data":
        raise RequestError(
            RequestCode.MEDIA_TYPE_UNSUPPORTED,
            f"the body is {request.mimetype or 'of no declared type'}; send multipart/form-data or image/*",
        )
    crop_hint = request.values.get(CROP_FIELD, "").strip() or None
    if is_image:
        return Case((_read_image(request),), crop_hint)
    uploads = [(upload.filename, upload.read()) for upload in request.files.getlist(PHOTO_FIELD)]
    return Case(tuple(data for filename, data in uploads if filename or data), crop_hint)


def _read_image(request: Request) -> bytes:
    data = request.get_data()
    # A body of unknown length is silently cut at the limit, and half a photo would be called broken.
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestError(RequestCode.REQUEST_TOO_LARGE, f"the body has more than {len(data)} bytes")
    return data
