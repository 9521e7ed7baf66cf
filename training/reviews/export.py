"""An export of the review desk as it lies in the raw folder: who said what of which case, and the cases' photos.

Photos and verdicts of farmers' cases come out of the service in one tar file, under pseudonyms. Here they are only read
and checked, row by row: a bad row is named and left out, and the others go on. What the verdicts mean is decided in
:mod:`training.reviews.agreement`.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, NamedTuple, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from majani.errors import RefusedError
from majani.frozen import FrozenModel
from majani.taxonomy import REJECT_CLASSES, Taxonomy
from training.sources.archive import is_photo
from training.sources.record import PHOTOS_TABLE, REVIEWS_TABLE, digest_file

# Letters that are no path and no formula wherever they are written.
Pseudonym = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

# In bytes, of a file; asked for a longer one, the system fails instead of saying that it is not there.
_LONGEST_NAME = 255


class ReviewCode(StrEnum):
    """Why a row of an export, or a case, counts for nothing."""

    ROW_MALFORMED = "row_malformed"
    CONDITION_UNKNOWN = "condition_unknown"
    REVIEW_TWICE = "review_twice"
    PHOTO_MISSING = "photo_missing"
    PHOTO_ALTERED = "photo_altered"
    CASE_WITHOUT_PHOTOS = "case_without_photos"
    CASE_WITHOUT_REVIEWS = "case_without_reviews"
    TOO_FEW_REVIEWS = "too_few_reviews"
    REVIEWERS_DISAGREE = "reviewers_disagree"
    REVIEWERS_NOT_TRUSTED = "reviewers_not_trusted"
    NO_LABEL = "no_label"
    TOO_FEW_CASES = "too_few_cases"
    SEEN_ELSEWHERE = "seen_elsewhere"


class ExportError(RefusedError):
    """A folder holds no export of the review desk; nothing of it may be used."""


class Verdict(StrEnum):
    """What a reviewer can say of a case."""

    CONDITION = "condition"
    UNKNOWN_PLANT = "unknown_plant"
    NOT_A_PLANT = "not_a_plant"
    CANNOT_TELL = "cannot_tell"
    BAD_PHOTO = "bad_photo"


class Review(FrozenModel):
    """One reviewer's latest verdict on one case; pseudonyms stay the same. Only the verdict ``condition`` names one."""

    case: Pseudonym
    reviewer: Pseudonym
    verdict: Verdict
    condition: str
    reviewed_on: date

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.verdict is Verdict.CONDITION) != bool(self.condition):
            raise ValueError("exactly the verdict 'condition' names one")
        return self

    @property
    def label(self) -> str:
        """The class that the case shows in this reviewer's eyes; empty if they could not say."""
        if self.verdict is Verdict.CONDITION:
            return self.condition
        return self.verdict.value if self.verdict.value in REJECT_CLASSES else ""


class ReviewedPhoto(FrozenModel):
    """One photo of a case.

    Attributes:
        position: Its place in the case, from 0.
        path: Inside the export, ``photos/<case>/<file>``.
        crop_hint: The crop that the farmer named; empty if none.
        model_version: Of the bundle that answered.
    """

    case: Pseudonym
    position: int = Field(ge=0)
    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    crop_hint: str
    model_version: str

    @model_validator(mode="after")
    def _lies_with_its_case(self) -> Self:
        parts = PurePosixPath(self.path).parts
        if len(parts) != 3 or parts[:2] != ("photos", self.case) or not is_photo(Path(self.path)):
            raise ValueError("a photo lies in photos/<case>/")
        if len(parts[-1].encode()) > _LONGEST_NAME:
            raise ValueError("no file has such a name")
        return self


Row = TypeVar("Row", bound=FrozenModel)


class LeftOut(NamedTuple):
    """Something that counts for nothing: ``reviews.csv:17``, a case or a photo, and why."""

    what: str
    code: ReviewCode


@dataclass(frozen=True)
class Export:
    """The usable rows (one review per case and reviewer, photos of reviewed cases), and the other rows by place."""

    reviews: tuple[Review, ...]
    photos: tuple[ReviewedPhoto, ...]
    left_out: tuple[LeftOut, ...]


def read_export(folder: Path, taxonomy: Taxonomy) -> Export:
    """Read a folder that the review desk has exported; the taxonomy may know more conditions than the running model.

    Raises:
        ExportError: If a table is missing or is none of ours; a single bad row is left out instead.
        OSError: If a file cannot be read.
    """
    left_out: list[LeftOut] = []
    known = set(taxonomy.class_ids()) - set(REJECT_CLASSES)
    reviews: dict[tuple[str, str], Review] = {}
    for place, review in _rows(folder / REVIEWS_TABLE, Review, left_out):
        by = (review.case, review.reviewer)
        if by in reviews:
            left_out.append(LeftOut(place, ReviewCode.REVIEW_TWICE))
        elif review.condition and review.condition not in known:
            left_out.append(LeftOut(place, ReviewCode.CONDITION_UNKNOWN))
            # Who sees something else agrees with no other.
            reviews[by] = review.model_copy(update={"verdict": Verdict.CANNOT_TELL, "condition": ""})
        else:
            reviews[by] = review
    photos: list[ReviewedPhoto] = []
    for place, photo in _rows(folder / PHOTOS_TABLE, ReviewedPhoto, left_out):
        if not (folder / photo.path).is_file():
            left_out.append(LeftOut(place, ReviewCode.PHOTO_MISSING))
        elif digest_file(folder / photo.path) != photo.sha256:
            left_out.append(LeftOut(place, ReviewCode.PHOTO_ALTERED))
        else:
            photos.append(photo)
    return _of_whole_cases(list(reviews.values()), photos, left_out)


def _of_whole_cases(reviews: list[Review], photos: list[ReviewedPhoto], left_out: list[LeftOut]) -> Export:
    reviewed, shown = {review.case for review in reviews}, {photo.case for photo in photos}
    left_out += [LeftOut(case, ReviewCode.CASE_WITHOUT_PHOTOS) for case in sorted(reviewed - shown)]
    left_out += [LeftOut(case, ReviewCode.CASE_WITHOUT_REVIEWS) for case in sorted(shown - reviewed)]
    return Export(
        reviews=tuple(review for review in reviews if review.case in shown),
        photos=tuple(photo for photo in photos if photo.case in reviewed),
        left_out=tuple(left_out),
    )


def _rows(path: Path, row: type[Row], left_out: list[LeftOut]) -> Iterator[tuple[str, Row]]:
    """The sound rows of a table with their places; the others are added to ``left_out``."""
    try:
        # Spreadsheets begin their files with a mark.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ExportError(f"{path}: no such table") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{path}: not in UTF-8") from error
    table = csv.DictReader(io.StringIO(text, newline=""))
    header = list(row.model_fields)
    try:
        if table.fieldnames != header:
            raise ExportError(f"{path}: its header is {table.fieldnames}, not {header}")
        for fields in table:
            place = f"{path.name}:{table.line_num}"
            try:
                yield place, row.model_validate(fields)
            except ValidationError:
                left_out.append(LeftOut(place, ReviewCode.ROW_MALFORMED))
    except csv.Error as error:
        raise ExportError(f"{path}: no CSV from line {table.line_num} on") from error
