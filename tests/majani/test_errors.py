"""The failures' names, which clients and translations key on."""

import pytest

from majani.errors import (
    BundleError,
    CaseError,
    ErrorCode,
    LanguageError,
    MajaniError,
    PhotoError,
    ReferencesError,
    TaxonomyError,
)


def test_published_codes_never_change() -> None:
    # A code may be added here; one that has been released is neither renamed nor removed.
    assert {code.value for code in ErrorCode} == {
        "photo_crashed",
        "photo_empty",
        "photo_too_large",
        "photo_unsupported",
        "heic_not_supported",
        "photo_broken",
        "photo_too_many_pixels",
        "photo_unreadable",
        "case_empty",
        "case_too_many_photos",
        "crop_unknown",
        "condition_unknown",
        "bulk_engine_failed",
        "bulk_input_unusable",
        "bulk_output_differs",
        "bulk_place_unusable",
        "bulk_process_failed",
        "bundle_invalid",
        "taxonomy_invalid",
        "language_invalid",
        "references_invalid",
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PhotoError(ErrorCode.PHOTO_EMPTY, "0 bytes"), "photo_empty"),
        (CaseError(ErrorCode.CROP_UNKNOWN, "maize"), "crop_unknown"),
        (BundleError("no manifest"), "bundle_invalid"),
        (TaxonomyError("twice"), "taxonomy_invalid"),
        (LanguageError("no advice"), "language_invalid"),
        (ReferencesError("of another model"), "references_invalid"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_failure_carries_its_code_and_text(error: MajaniError, code: str) -> None:
    assert isinstance(error, MajaniError)
    assert error.code == code
    assert str(error) != ""
    assert code not in str(error)
