"""Every failure that the domain can name.

A class exists only where a caller acts differently. Clients, translations and documents use the ``code``, so a
published code never changes its meaning. HTTP statuses are not chosen here.
"""

from enum import StrEnum


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
    BULK_ENGINE_FAILED = "bulk_engine_failed"


class MajaniError(Exception):
    """Base of all failures of the domain.

    Attributes:
        code: The stable code of this failure.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class PhotoError(MajaniError):
    """One photo cannot be used; the others of the same case or folder can."""


class CaseError(MajaniError):
    """The request as a whole cannot be answered: number of photos, crop hint, condition."""


class BundleError(MajaniError):
    """A bundle is incomplete, altered or not understood; nothing may be answered from it."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.BUNDLE_INVALID, message)


class TaxonomyError(MajaniError):
    """The taxonomy contradicts itself or misses an entry."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.TAXONOMY_INVALID, message)


class LanguageError(MajaniError):
    """Names or advice are incomplete, contradictory or not understood; no advice may be given from them."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.LANGUAGE_INVALID, message)


class ReferencesError(MajaniError):
    """Reference photos are incomplete or altered; nothing may be compared with them."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.REFERENCES_INVALID, message)
