"""Names which clients and translations key on."""

import pickle

from majani.decision.rules import Outcome
from majani.errors import BulkError, BundleError, ErrorCode, PhotoError


def test_published_codes_and_outcomes_never_change() -> None:
    # A code may be added here; one that has been released is neither renamed nor removed.
    photo = ["crashed", "empty", "too_large", "unsupported", "broken", "too_many_pixels", "unreadable"]
    bulk = ["input_unusable", "output_differs", "place_unusable", "process_failed"]
    invalid = ["bundle", "taxonomy", "language", "references"]
    others = {"heic_not_supported", "case_empty", "case_too_many_photos", "crop_unknown", "condition_unknown"}
    assert {code.value for code in ErrorCode} == {
        *(f"photo_{one}" for one in photo),
        *(f"bulk_{one}" for one in bulk),
        *(f"{one}_invalid" for one in invalid),
        *others,
    }
    outcomes = {"healthy", "condition", "uncertain", "unknown_plant", "not_a_plant", "retake"}
    assert {outcome.value for outcome in Outcome} == outcomes


def test_failures_reach_another_process_with_their_code() -> None:
    for error in (
        PhotoError(ErrorCode.PHOTO_EMPTY, "no byte"),
        BulkError(ErrorCode.BULK_INPUT_UNUSABLE, "no list"),
        BundleError("no bundle"),
    ):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert (type(again), again.code, str(again)) == (type(error), error.code, str(error))
