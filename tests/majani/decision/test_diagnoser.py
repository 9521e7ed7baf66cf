"""The whole path from photos to a diagnosis."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import PhotoResult
from majani.decision.rules import Outcome
from majani.errors import CaseError, ErrorCode, PhotoError
from majani.image.decode import decode
from majani.image.quality import RetakeReason
from majani.model.bundle import Bundle
from tests.majani.conftest import refused
from tests.picture_files import encoded
from tests.pictures import PictureFactory, textured
from tests.tiny_bundle import tiny_bundle

PICTURES = PictureFactory()
RED_TOO = {"bean.angular_leaf_spot": (40.0, -20.0, -20.0)}  # as red as rust, so red photos leave both


@pytest.mark.parametrize(
    ("method", "outcome", "condition"),
    [
        ("leaf", Outcome.HEALTHY, "bean.healthy"),
        ("png", Outcome.HEALTHY, "bean.healthy"),
        ("webp", Outcome.HEALTHY, "bean.healthy"),
        ("jpeg_12mp", Outcome.HEALTHY, "bean.healthy"),
        ("red", Outcome.CONDITION, "bean.rust"),
        ("blue", Outcome.NOT_A_PLANT, None),
        ("grey", Outcome.UNCERTAIN, None),
        ("yellow", Outcome.UNCERTAIN, None),
        ("dark", Outcome.RETAKE, None),
        ("blurred", Outcome.RETAKE, None),
        ("tiny", Outcome.RETAKE, None),
    ],
)
def test_outcome_of_one_photo(diagnoser: Diagnoser, method: str, outcome: Outcome, condition: str | None) -> None:
    diagnosis = diagnoser.diagnose([getattr(PICTURES, method)()])
    assert diagnosis.outcome == outcome
    assert (diagnosis.condition.id if diagnosis.condition else None) == condition
    assert (diagnosis.model_version, diagnosis.crop_hint) == (diagnoser.manifest.version, None)
    assert (diagnosis.confidence is None) == (condition is None)
    assert (diagnosis.candidates == ()) == (outcome is Outcome.RETAKE)
    assert [photo.used for photo in diagnosis.photos] == [outcome is not Outcome.RETAKE]


def test_condition_and_candidates_are_named(diagnoser: Diagnoser) -> None:
    diagnosis = diagnoser.diagnose([PICTURES.red()])
    named = diagnosis.condition
    assert named is not None
    assert (named.id, named.name, named.crop, named.crop_name) == ("bean.rust", "bean rust", "bean", "Bean")
    assert named.probability > 0.99
    assert named == diagnosis.candidates[0]
    assert len(diagnosis.candidates) == 5
    assert diagnosis.coarse is None
    assert all(candidate.probability == round(candidate.probability, 4) for candidate in diagnosis.candidates)


@pytest.mark.parametrize(
    ("follows", "parent", "method", "expected"),
    [
        (RED_TOO, "leaf_spot", "red", ("leaf_spot", True, "Bean: some leaf spot, can't tell which")),
        (RED_TOO, "blight", "red", (None, True, "Bean: something is wrong, can't tell what")),
        ({}, "leaf_spot", "yellow", (None, False, "Bean: can't tell what, or whether it is sick")),
    ],
    ids=["kind", "sick", "crop"],
)
def test_a_coarser_statement_is_put_into_words(
    follows: Any, parent: str, method: str, expected: tuple[str | None, bool, str]
) -> None:
    bundle = tiny_bundle(follows)
    classes = tuple(
        entry.model_copy(update={"parent": parent}) if entry.id == "bean.angular_leaf_spot" else entry
        for entry in bundle.manifest.classes
    )
    manifest = bundle.manifest.model_copy(update={"classes": classes})
    diagnosis = Diagnoser(Bundle(manifest=manifest, model=bundle.model)).diagnose([getattr(PICTURES, method)()])
    assert (diagnosis.outcome, diagnosis.confidence) == (Outcome.UNCERTAIN, None)
    coarse = diagnosis.coarse
    assert coarse is not None
    assert (coarse.crop, coarse.parent, coarse.sick, coarse.statement) == ("bean", *expected)
    assert coarse.probability == pytest.approx(1, abs=0.01)


def test_each_photo_is_judged_alone_and_in_any_order(diagnoser: Diagnoser) -> None:
    photos = [PICTURES.gif(), PICTURES.red(), PICTURES.dark(), PICTURES.blue(), PICTURES.grey()]
    one, other = diagnoser.diagnose(photos), diagnoser.diagnose(photos[::-1])
    assert one.photos == (
        PhotoResult(used=False, error=ErrorCode.PHOTO_UNSUPPORTED),
        PhotoResult(used=True, shows="bean"),
        PhotoResult(used=False, retake=(RetakeReason.TOO_DARK, RetakeReason.BLURRED)),
        PhotoResult(used=True, shows="not_a_plant"),
        PhotoResult(used=True),
    )
    assert (other.candidates, other.photos) == (one.candidates, one.photos[::-1])
    among = diagnoser.diagnose([PICTURES.truncated_jpeg(), PICTURES.red(), PICTURES.dark()])
    assert among.condition == diagnoser.diagnose([PICTURES.red()]).condition


def test_photos_of_two_plants_are_not_compared_nor_promised_much(diagnoser: Diagnoser) -> None:
    shown = tuple(PhotoResult(used=True, shows=one) for one in ("bean", "tomato", "not_a_plant"))
    diagnosis = diagnoser.conclude([np.full(7, 1 / 7, dtype=np.float32)] * 3, photos=shown, crop_hint=None)
    assert diagnosis.crops_shown == ("bean", "tomato")
    assert (diagnosis.compared, diagnosis.leading) == ((), None)
    sure = [diagnoser.predictor.predict(decode(PICTURES.red())).probabilities] * 2
    of_one, of_two = (
        diagnoser.conclude(sure, photos=(shown[0], other), crop_hint="bean").confidence for other in shown[:2]
    )
    assert of_one is not None
    assert of_two is None


def test_photos_that_are_dear_to_decode_together_are_left_out_and_broken_ones_take_no_room(
    diagnoser: Diagnoser,
) -> None:
    def errors(*photos: bytes) -> list[ErrorCode | None]:
        return [photo.error for photo in diagnoser.diagnose(photos).photos]

    large = [encoded(Image.new("RGB", (4000, 3250), colour), "PNG") for colour in ("red", "blue", "green")]
    small = encoded(Image.new("RGB", (400, 325), "red"), "PNG")
    too_many, broken = ErrorCode.PHOTO_TOO_MANY_PIXELS, ErrorCode.PHOTO_BROKEN
    assert errors(*large, small) == [None, None, too_many, too_many]
    assert errors(large[0], small) == [None, None]
    assert errors(*(photo[:-200] for photo in large[:2]), small) == [broken, broken, None]


def test_if_no_photo_can_be_read_the_first_error_stands(diagnoser: Diagnoser) -> None:
    with refused(PhotoError, ErrorCode.PHOTO_EMPTY):
        diagnoser.diagnose([PICTURES.empty(), PICTURES.gif()])


def test_only_blurred_photos_may_refuse_where_none_is_good(diagnoser: Diagnoser) -> None:
    """Rule 3: and nothing else."""
    stranger, dark = PICTURES.blurred_blue(), encoded(Image.new("RGB", (320, 240), (0, 0, 12)))
    diagnosis = diagnoser.diagnose([stranger])
    assert diagnosis.outcome == Outcome.NOT_A_PLANT
    assert diagnosis.photos == (PhotoResult(used=False, retake=(RetakeReason.BLURRED,)),)
    assert diagnoser.diagnose([dark]).outcome == Outcome.RETAKE
    assert diagnoser.diagnose([dark, stranger]).outcome == Outcome.NOT_A_PLANT
    assert diagnoser.diagnose([stranger, PICTURES.red()]).condition == diagnoser.diagnose([PICTURES.red()]).condition


def test_each_photo_has_its_evidence_with_the_hint_as_in_the_answer(diagnoser: Diagnoser) -> None:
    evidence = diagnoser.examine([PICTURES.gif(), PICTURES.red(), PICTURES.tiny(), PICTURES.jpeg_12mp()]).evidence
    assert [(one.width_px, one.height_px) for one in evidence] == [(0, 0), (320, 240), (40, 30), (500, 375)]
    assert [one.heatmap is not None for one in evidence] == [False, True, False, True]
    assert [one.likeliest for one in evidence] == [None, "bean.rust", None, "bean.healthy"]
    assert [None if one.embedding is None else one.embedding.shape for one in evidence] == [None, (3,), None, (3,)]
    [hinted] = diagnoser.examine([PICTURES.grey()], crop_hint="tomato").evidence
    assert str(hinted.likeliest).partition(".")[0] == "tomato"


def test_a_heatmap_shows_the_leading_condition_if_there_is_one(diagnoser: Diagnoser) -> None:
    for colour, named in (((190, 60, 50), True), ((190, 190, 50), False)):
        photo = textured(colour)
        # A corner speaks for another class, and the likeliest one is seen everywhere but there.
        photo.paste((50, 60, 190), (0, 0, 80, 60))
        examination = diagnoser.examine([encoded(photo)])
        assert (examination.diagnosis.condition is not None) == named
        [evidence] = examination.evidence
        assert evidence.heatmap is not None
        assert evidence.heatmap[0, 0] == 0
        assert evidence.heatmap[4:, 4:].min() > 0
    [evidence] = diagnoser.examine([PICTURES.blue()]).evidence
    assert (evidence.heatmap, evidence.width_px) == (None, 320)


def test_conclude_is_what_an_answer_concludes(diagnoser: Diagnoser) -> None:
    photos = [PICTURES.red(), PICTURES.yellow()]
    seen = [diagnoser.predictor.predict(decode(photo)).probabilities for photo in photos]
    concluded = diagnoser.conclude(seen, photos=(PhotoResult(used=True, shows="bean"),) * 2, crop_hint="bean")
    assert concluded == diagnoser.diagnose(photos, crop_hint="bean")


# What else than bytes a photo may be; ``tests/majani/image/test_photo.py`` has the pixels.


def test_any_form_gives_the_answer_of_the_file(diagnoser: Diagnoser, tmp_path: Path) -> None:
    file = tmp_path / "leaf.png"
    file.write_bytes(PICTURES.png())
    expected = diagnoser.diagnose([PICTURES.png()])
    for form in (PICTURES.png(), str(file), file, Image.open(file), np.asarray(Image.open(file))):
        assert diagnoser.diagnose(form) == expected, type(form)


def test_the_same_photo_again_proves_nothing_in_any_form(diagnoser: Diagnoser, tmp_path: Path) -> None:
    (tmp_path / "red.jpg").write_bytes(PICTURES.red())
    yellow = Image.open(BytesIO(PICTURES.yellow()))
    plain = diagnoser.diagnose([PICTURES.red(), yellow])
    mixed = diagnoser.diagnose([PICTURES.red(), yellow, np.asarray(yellow), tmp_path / "red.jpg", yellow])
    red, other = plain.photos
    assert mixed == plain.model_copy(update={"photos": (red, other, other, red, other)})


def test_unreadable_and_poor_ones_of_any_form_leave_the_others(diagnoser: Diagnoser, tmp_path: Path) -> None:
    absent, empty = tmp_path / "absent", np.zeros((0, 9, 3), np.uint8)
    dark = np.asarray(Image.open(BytesIO(PICTURES.dark())))
    photos = diagnoser.diagnose([absent, absent, PICTURES.red(), empty, dark]).photos
    unreadable = ErrorCode.PHOTO_UNREADABLE
    assert [photo.error for photo in photos] == [unreadable, unreadable, None, ErrorCode.PHOTO_EMPTY, None]
    assert RetakeReason.TOO_DARK in photos[-1].retake


def test_what_is_no_photo_is_said_before_anything_is_read(diagnoser: Diagnoser) -> None:
    with pytest.raises(TypeError, match="2 of 2"):
        diagnoser.diagnose(["absent", 3.5])


def test_the_crop_can_be_given_and_shifts_the_answer(diagnoser: Diagnoser) -> None:
    def mass(*crop: str, **crop_hint: str) -> float:
        answer = diagnoser.diagnose([PICTURES.grey()], *crop, **crop_hint)
        assert answer.crop_hint == next(iter((*crop, *crop_hint.values())), None)
        return sum(one.probability for one in answer.candidates if one.crop == "tomato")

    assert mass(crop_hint="bean") < mass() < mass(crop_hint="tomato")
    assert mass("tomato") == mass(crop="tomato") == mass(crop_hint="tomato")


def test_no_photo_or_six_are_refused(diagnoser: Diagnoser) -> None:
    with refused(CaseError, ErrorCode.CASE_EMPTY):
        diagnoser.diagnose([])
    with refused(CaseError, ErrorCode.CASE_TOO_MANY_PHOTOS):
        diagnoser.diagnose([PICTURES.leaf()] * 6)
