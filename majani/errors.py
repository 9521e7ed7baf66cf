"""Every failure that the domain can name.

A class exists only where a caller acts differently. Clients, translations and documents use the ``code``, so a
published code never changes its meaning. HTTP statuses are not chosen here.
"""

import copyreg
from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Stable names of failures, as they appear in answers, CSV rows and documents."""

    PHOTO_EMPTY = "photo_empty"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_UNSUPPORTED = "photo_unsupported"
    HEIC_NOT_SUPPORTED = "heic_not_supported"
    PHOTO_BROKEN = "photo_broken"
    PHOTO_TOO_MANY_PIXELS = "photo_too_many_pixels"
    PHOTO_UNREADABLE = "photo_unreadable"
    CASE_EMPTY = "case_empty"
    CASE_TOO_MANY_PHOTOS = "case_too_many_photos"
    CROP_UNKNOWN = "crop_unknown"
    CONDITION_UNKNOWN = "condition_unknown"
    BUNDLE_INVALID = "bundle_invalid"
    TAXONOMY_INVALID = "taxonomy_invalid"
    LANGUAGE_INVALID = "language_invalid"
    REFERENCES_INVALID = "references_invalid"
    PHOTO_CRASHED = "photo_crashed"
    BULK_INPUT_UNUSABLE = "bulk_input_unusable"
    BULK_OUTPUT_DIFFERS = "bulk_output_differs"
    BULK_PLACE_UNUSABLE = "bulk_place_unusable"
    BULK_PROCESS_FAILED = "bulk_process_failed"


class RefusedError(Exception):
    """A command cannot do what it was asked; the text says why, in one line."""


class MajaniError(RefusedError):
    """Base of all failures of the domain."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        # Pickle passes on `args` alone, which lacks the code.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class PhotoError(MajaniError):
    """One photo cannot be used; the others of the same case or folder can."""


class CaseError(MajaniError):
    """The request as a whole cannot be answered: number of photos, crop hint, condition."""


class BulkError(MajaniError):
    """A bulk run cannot begin or go on; files that are written stay good, and it can be started again."""


class _FileError(MajaniError):
    only_code: ClassVar[ErrorCode]

    def __init__(self, message: str) -> None:
        super().__init__(self.only_code, message)


class BundleError(_FileError):
    """A bundle is incomplete, altered or not understood; nothing may be answered from it."""

    only_code = ErrorCode.BUNDLE_INVALID


class TaxonomyError(_FileError):
    """The taxonomy contradicts itself or misses an entry."""

    only_code = ErrorCode.TAXONOMY_INVALID


class LanguageError(_FileError):
    """Names or advice are incomplete, contradictory or not understood; no advice may be given from them."""

    only_code = ErrorCode.LANGUAGE_INVALID


class ReferencesError(_FileError):
    """Reference photos are incomplete or altered; nothing may be compared with them."""

    only_code = ErrorCode.REFERENCES_INVALID
