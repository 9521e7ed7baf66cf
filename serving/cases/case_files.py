"""Photos and heatmaps of a stored case as HTTP answers; shared by the API and the desk."""

from flask import Response

from majani.model.heatmap import render
from serving.cases.repository import CaseRepository
from serving.http.document import private_file
from serving.http.errors import RequestCode, RequestError
from serving.persistence.cases import UnknownCaseError
from serving.persistence.models import Case, Photo


def read_photo(repository: CaseRepository, case: Case, position: int) -> bytes:
    """The JPEG of a stored photo.

    Raises:
        RequestError: ``not_found`` if the case has no such photo, or it is not stored.
        UnknownCaseError: If the case was deleted meanwhile.
    """
    path = _photo(case, position).path
    if path is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} is not kept")
    try:
        return repository.photos.read(path)
    except FileNotFoundError as error:
        raise UnknownCaseError(case.public_id) from error


def send_heatmap(case: Case, position: int) -> Response:
    """A transparent PNG of the photo's shape, showing where the answer was seen, or ``not_found``."""
    photo = _photo(case, position)
    if photo.grid is None:
        raise RequestError(RequestCode.NOT_FOUND, f"photo {position} has no heatmap")
    return private_file(render(photo.grid, photo.width_px, photo.height_px), "image/png")


def _photo(case: Case, position: int) -> Photo:
    if position >= len(case.photos):
        raise RequestError(RequestCode.NOT_FOUND, f"the case has {len(case.photos)} photos, counted from 0")
    return case.photos[position]
