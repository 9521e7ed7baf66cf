"""The failures' names, which clients and translations key on."""

from majani.errors import ErrorCode


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
        "bulk_input_unusable",
        "bulk_output_differs",
        "bulk_place_unusable",
        "bulk_process_failed",
        "bundle_invalid",
        "taxonomy_invalid",
        "language_invalid",
        "references_invalid",
    }
