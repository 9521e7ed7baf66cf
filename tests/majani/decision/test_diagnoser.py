"""The whole path from photos to a diagnosis."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis, PhotoResult
from majani.decision.grades import Grade
from majani.decision.rules import Outcome, Why
from majani.errors import CaseError, ErrorCode, PhotoError
from majani.image.decode import decode
from majani.image.quality import RetakeReason
from tests.majani.conftest import refused
from tests.picture_files import encoded
from tests.pictures import PictureFactory, textured

PICTURES = PictureFactory()


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
    is_told = outcome in (Outcome.HEALTHY, Outcome.CONDITION, Outcome.UNCERTAIN)
    assert (diagnosis.grade is not None) == is_told
    assert [photo.used for photo in diagnosis.photos] == [outcome is not Outcome.RETAKE]


def test_all_conditions_of_the_crop_are_named_and_ranked(diagnoser: Diagnoser) -> None:
    diagnosis = diagnoser.diagnose([PICTURES.red()])
    named = diagnosis.condition
    assert named is not None
    assert (named.id, named.name, named.crop, named.crop_name) == ("bean.rust", "bean rust", "bean", "Bean")
    assert named.probability > 0.99
    assert (named, named.id) == (diagnosis.first, diagnosis.leading)
    assert (diagnosis.crop.id, len(diagnosis.ranked)) == ("bean", 3)
    assert all(ranked.probability == round(ranked.probability, 4) for ranked in diagnosis.ranked)


def test_what_older_releases_have_kept_is_taken_over() -> None:
    rust, blight = (
        {"id": one, "name": "x", "crop": "bean", "crop_name": "Bean", "probability": of}
        for one, of in (("bean.rust", 0.9), ("bean.blight", 0.1))
    )
    empty = {"condition": None, "coarse": None, "one_of": None, "for_workers": None, "confidence": None}
    kept = {**empty, "candidates": [rust, blight], "photos": [], "crop_hint": "bean", "model_version": "1"}
    proved = {"right": 9, "answered": 10, "right_of_ten": 8}
    spots = [{"id": "bean.halo", "name": "halo"}]
    one_of = {"conditions": [rust, blight], "blind_spots": spots, "confidence": proved}
    coarse = {"crop": "tomato", "parent": None, "sick": False, "statement": "", "probability": 0.9}
    told = {
        "named": {"outcome": "condition", "condition": rust, "confidence": proved},
        "set": {"outcome": "uncertain", "one_of": one_of},
        "silent": {"outcome": "uncertain"},
        "contradicted": {"outcome": "uncertain", "coarse": coarse},
        "refused": {"outcome": "unknown_plant"},
    }
    found = {name: Diagnosis.model_validate(kept | fields) for name, fields in told.items()}
    assert {name: (one.grade, one.in_list, one.leading) for name, one in found.items()} == {
        "named": (Grade.PROBABLY, 1, "bean.rust"),
        "set": (Grade.ONE_OF, 2, "bean.rust"),
        "silent": (Grade.NOT_CLEAR, 2, "bean.rust"),
        "contradicted": (Grade.NOT_CLEAR, 0, None),
        "refused": (None, 0, None),
    }
    assert found["named"].condition.id == "bean.rust"
    assert [one.id for one in found["set"].other_troubles] == ["bean.halo"]
    assert found["contradicted"].contradicts_sender
    assert all(Diagnosis.model_validate(one.model_dump(mode="json")) == one for one in found.values())


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
    assert (other.ranked, other.photos) == (one.ranked, one.photos[::-1])
    among = diagnoser.diagnose([PICTURES.truncated_jpeg(), PICTURES.red(), PICTURES.dark()])
    assert among.condition == diagnoser.diagnose([PICTURES.red()]).condition


def test_photos_of_two_plants_withdraw_the_name(diagnoser: Diagnoser) -> None:
    shown = tuple(PhotoResult(used=True, shows=one) for one in ("bean", "tomato", "not_a_plant"))
    sure = [diagnoser.predictor.predict(decode(PICTURES.red())).probabilities] * 2
    of_one, of_two = (diagnoser.conclude(sure, photos=(shown[0], other), crop_hint="bean") for other in shown[:2])
    assert of_one.condition is not None
    assert (of_two.crops_shown, of_two.leading, of_two.why) == (("bean", "tomato"), None, Why.SEVERAL_PLANTS)


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
    def told(*crop: str, **crop_hint: str) -> Diagnosis:
        answer = diagnoser.diagnose([PICTURES.grey()], *crop, **crop_hint)
        assert answer.crop_hint == next(iter((*crop, *crop_hint.values())), None)
        return answer

    assert told().why is Why.WHICH_CROP
    assert [told(crop_hint=crop).ranked[0].crop for crop in ("bean", "tomato")] == ["bean", "tomato"]
    assert told("tomato") == told(crop="tomato") == told(crop_hint="tomato")


def test_no_photo_or_six_are_refused(diagnoser: Diagnoser) -> None:
    with refused(CaseError, ErrorCode.CASE_EMPTY):
        diagnoser.diagnose([])
    with refused(CaseError, ErrorCode.CASE_TOO_MANY_PHOTOS):
        diagnoser.diagnose([PICTURES.leaf()] * 6)
