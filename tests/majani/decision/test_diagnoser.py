"""The whole path from photos to a diagnosis."""

from collections.abc import Callable
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
from majani.image.photo import Photo
from majani.image.quality import RetakeReason
from majani.model.bundle import Bundle
from tests.picture_files import encoded
from tests.pictures import PictureFactory, textured
from tests.tiny_bundle import tiny_bundle

RED_TOO = {"bean.angular_leaf_spot": (40.0, -20.0, -20.0)}  # as red as rust, so red photos leave both


class TestOutcome:
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
    def test_of_one_photo(
        self, diagnoser: Diagnoser, pictures: PictureFactory, method: str, outcome: Outcome, condition: str | None
    ) -> None:
        diagnosis = diagnoser.diagnose([getattr(pictures, method)()])
        assert diagnosis.outcome == outcome
        assert (diagnosis.condition.id if diagnosis.condition else None) == condition
        assert diagnosis.model_version == diagnoser.manifest.version
        assert diagnosis.crop_hint is None
        assert (diagnosis.confidence is None) == (condition is None)
        assert (diagnosis.candidates == ()) == (outcome is Outcome.RETAKE)
        assert len(diagnosis.photos) == 1
        assert diagnosis.photos[0].used == (outcome is not Outcome.RETAKE)

    def test_names_condition_and_candidates(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        diagnosis = diagnoser.diagnose([pictures.red()])
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
        pytest.param(
            RED_TOO, "leaf_spot", "red", ("leaf_spot", True, "Bean: some leaf spot, can't tell which"), id="kind"
        ),
        pytest.param(RED_TOO, "blight", "red", (None, True, "Bean: something is wrong, can't tell what"), id="sick"),
        pytest.param(
            {}, "leaf_spot", "yellow", (None, False, "Bean: can't tell what, or whether it is sick"), id="crop"
        ),
    ],
)
def test_a_coarser_statement_is_put_into_words(
    pictures: PictureFactory, follows: Any, parent: str, method: str, expected: tuple[str | None, bool, str]
) -> None:
    bundle = tiny_bundle(follows)
    classes = tuple(
        entry.model_copy(update={"parent": parent}) if entry.id == "bean.angular_leaf_spot" else entry
        for entry in bundle.manifest.classes
    )
    manifest = bundle.manifest.model_copy(update={"classes": classes})
    diagnosis = Diagnoser(Bundle(manifest=manifest, model=bundle.model)).diagnose([getattr(pictures, method)()])
    assert (diagnosis.outcome, diagnosis.confidence) == (Outcome.UNCERTAIN, None)
    coarse = diagnosis.coarse
    assert coarse is not None
    assert (coarse.crop, coarse.parent, coarse.sick, coarse.statement) == ("bean", *expected)
    assert coarse.probability == pytest.approx(1, abs=0.01)


class TestSeveralPhotos:
    def test_order_does_not_matter_to_the_answer(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        photos = [pictures.leaf(), pictures.dark(), pictures.grey(), pictures.gif()]
        one, other = diagnoser.diagnose(photos), diagnoser.diagnose(photos[::-1])
        assert one.candidates == other.candidates
        assert one.photos == other.photos[::-1]

    def test_poor_and_broken_ones_leave_the_others_alone(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        diagnosis = diagnoser.diagnose([pictures.gif(), pictures.red(), pictures.dark(), pictures.truncated_jpeg()])
        assert diagnosis.condition == diagnoser.diagnose([pictures.red()]).condition
        assert diagnosis.photos == (
            PhotoResult(used=False, error=ErrorCode.PHOTO_UNSUPPORTED),
            PhotoResult(used=True, shows="bean"),
            PhotoResult(used=False, retake=(RetakeReason.TOO_DARK, RetakeReason.BLURRED)),
            PhotoResult(used=False, error=ErrorCode.PHOTO_BROKEN),
        )

    def test_each_says_what_it_alone_clearly_shows(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        diagnosis = diagnoser.diagnose([pictures.red(), pictures.blue(), pictures.grey()])
        assert [photo.shows for photo in diagnosis.photos] == ["bean", "not_a_plant", None]

    def test_of_two_plants_are_not_compared_nor_promised_much(
        self, diagnoser: Diagnoser, pictures: PictureFactory
    ) -> None:
        shown = tuple(PhotoResult(used=True, shows=one) for one in ("bean", "tomato", "not_a_plant"))
        diagnosis = diagnoser.conclude([np.full(7, 1 / 7, dtype=np.float32)] * 3, photos=shown, crop_hint=None)
        assert diagnosis.crops_shown == ("bean", "tomato")
        assert (diagnosis.compared, diagnosis.leading) == ((), None)
        sure = [diagnoser.predictor.predict(decode(pictures.red())).probabilities] * 2
        of_one, of_two = (
            diagnoser.conclude(sure, photos=(shown[0], other), crop_hint="bean").confidence for other in shown[:2]
        )
        assert of_one is not None
        assert of_two is None

    def test_those_that_are_dear_to_decode_together_are_left_out(self, diagnoser: Diagnoser) -> None:
        large = [encoded(Image.new("RGB", (4000, 3250), colour), "PNG") for colour in ("red", "blue", "green")]
        small = encoded(Image.new("RGB", (400, 325), "red"), "PNG")
        diagnosis = diagnoser.diagnose([*large, small])
        too_many = ErrorCode.PHOTO_TOO_MANY_PIXELS
        assert [photo.error for photo in diagnosis.photos] == [None, None, too_many, too_many]
        assert [photo.error for photo in diagnoser.diagnose([large[0], small]).photos] == [None, None]

    def test_a_broken_one_takes_no_room_from_a_good_one(self, diagnoser: Diagnoser) -> None:
        broken = [encoded(Image.new("RGB", (4000, 3200), color), "PNG")[:-200] for color in ("red", "blue")]
        small = encoded(Image.new("RGB", (1200, 1000), "red"), "PNG")
        diagnosis = diagnoser.diagnose([*broken, small])
        assert [photo.error for photo in diagnosis.photos] == [ErrorCode.PHOTO_BROKEN] * 2 + [None]

    def test_the_same_one_again_proves_nothing(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        one = diagnoser.diagnose([pictures.red()])
        twice = diagnoser.diagnose([pictures.red(), pictures.red()])
        assert (twice.condition, twice.confidence) == (one.condition, one.confidence)
        assert twice.photos == one.photos * 2

    def test_if_none_can_be_read_the_first_error_stands(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        with pytest.raises(PhotoError) as caught:
            diagnoser.diagnose([pictures.empty(), pictures.gif()])
        assert caught.value.code == ErrorCode.PHOTO_EMPTY


def test_only_blurred_photos_may_refuse_where_none_is_good(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    """Rule 3: and nothing else."""
    stranger, dark = pictures.blurred_blue(), encoded(Image.new("RGB", (320, 240), (0, 0, 12)))
    diagnosis = diagnoser.diagnose([stranger])
    assert diagnosis.outcome == Outcome.NOT_A_PLANT
    assert diagnosis.photos == (PhotoResult(used=False, retake=(RetakeReason.BLURRED,)),)
    assert diagnoser.diagnose([dark]).outcome == Outcome.RETAKE
    assert diagnoser.diagnose([dark, stranger]).outcome == Outcome.NOT_A_PLANT
    assert diagnoser.diagnose([stranger, pictures.red()]).condition == diagnoser.diagnose([pictures.red()]).condition


class TestExamine:
    def test_has_evidence_for_each_photo_in_order(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        photos = [pictures.gif(), pictures.red(), pictures.tiny(), pictures.jpeg_12mp()]
        evidence = diagnoser.examine(photos).evidence
        assert [(one.width_px, one.height_px) for one in evidence] == [(0, 0), (320, 240), (40, 30), (500, 375)]
        assert [one.heatmap is not None for one in evidence] == [False, True, False, True]
        assert [one.likeliest is not None for one in evidence] == [False, True, False, True]
        assert [None if one.embedding is None else one.embedding.shape for one in evidence] == [None, (3,), None, (3,)]

    def test_each_photo_speaks_for_itself(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        sent = [pictures.leaf(), pictures.red()]
        assert [one.likeliest for one in diagnoser.examine(sent).evidence] == ["bean.healthy", "bean.rust"]
        # A hint weighs as in the answer.
        hinted = diagnoser.examine([pictures.grey()], crop_hint="tomato").evidence
        assert str(hinted[0].likeliest).partition(".")[0] == "tomato"

    @pytest.mark.parametrize("named", [True, False], ids=["named", "unsure"])
    def test_heatmap_shows_the_leading_condition(self, diagnoser: Diagnoser, named: bool) -> None:
        photo = textured((190, 60, 50) if named else (190, 190, 50))
        # A corner speaks for another class, and the likeliest one is seen everywhere but there.
        photo.paste((50, 60, 190), (0, 0, 80, 60))
        examination = diagnoser.examine([encoded(photo)])
        assert (examination.diagnosis.condition is not None) == named
        [evidence] = examination.evidence
        assert evidence.heatmap is not None
        assert evidence.heatmap[0, 0] == 0
        assert evidence.heatmap[4:, 4:].min() > 0

    def test_heatmap_needs_a_leading_condition(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        [evidence] = diagnoser.examine([pictures.blue()]).evidence
        assert (evidence.heatmap, evidence.width_px) == (None, 320)


def test_conclude_is_what_an_answer_concludes(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    photos = [pictures.red(), pictures.yellow()]
    seen = [diagnoser.predictor.predict(decode(photo)).probabilities for photo in photos]
    concluded = diagnoser.conclude(seen, photos=(PhotoResult(used=True, shows="bean"),) * 2, crop_hint="bean")
    assert concluded == diagnoser.diagnose(photos, crop_hint="bean")


class TestForms:
    """What else than bytes a photo may be; ``tests/majani/image/test_photo.py`` has the pixels."""

    @pytest.mark.parametrize(
        "form",
        [Path.read_bytes, str, Path, Image.open, lambda file: np.asarray(Image.open(file))],
        ids=["bytes", "str", "path", "image", "array"],
    )
    def test_give_the_answer_of_the_file(
        self, diagnoser: Diagnoser, pictures: PictureFactory, tmp_path: Path, form: Callable[[Path], Photo]
    ) -> None:
        file = tmp_path / "leaf.png"
        file.write_bytes(pictures.png())
        assert diagnoser.diagnose(form(file)) == diagnoser.diagnose([pictures.png()])

    def test_mixed_ones_count_once_each(self, diagnoser: Diagnoser, pictures: PictureFactory, tmp_path: Path) -> None:
        (tmp_path / "red.jpg").write_bytes(pictures.red())
        yellow = Image.open(BytesIO(pictures.yellow()))
        mixed = diagnoser.diagnose([tmp_path / "red.jpg", yellow, pictures.red(), np.asarray(yellow)])
        plain = diagnoser.diagnose([tmp_path / "red.jpg", yellow])
        assert mixed.candidates == plain.candidates
        assert mixed.photos == plain.photos * 2

    def test_unreadable_ones_leave_the_others(
        self, diagnoser: Diagnoser, pictures: PictureFactory, tmp_path: Path
    ) -> None:
        absent, empty = tmp_path / "absent", np.zeros((0, 9, 3), np.uint8)
        errors = [photo.error for photo in diagnoser.diagnose([absent, absent, pictures.red(), empty]).photos]
        assert errors == [ErrorCode.PHOTO_UNREADABLE, ErrorCode.PHOTO_UNREADABLE, None, ErrorCode.PHOTO_EMPTY]

    def test_are_judged_like_files(self, diagnoser: Diagnoser, pictures: PictureFactory) -> None:
        dark = np.asarray(Image.open(BytesIO(pictures.dark())))
        assert RetakeReason.TOO_DARK in diagnoser.diagnose(dark).photos[0].retake

    def test_no_photo_among_them_is_said_before_anything_is_read(self, diagnoser: Diagnoser) -> None:
        with pytest.raises(TypeError, match="2 of 2"):
            diagnoser.diagnose(["absent", 3.5])


@pytest.mark.parametrize("form", ["third word", "crop", "crop_hint"])
def test_the_crop_can_be_given(diagnoser: Diagnoser, pictures: PictureFactory, form: str) -> None:
    words, named = (("bean",), {}) if form == "third word" else ((), {form: "bean"})
    assert diagnoser.diagnose(pictures.leaf(), *words, **named).crop_hint == "bean"


def test_a_crop_hint_shifts_the_answer(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    def mass(crop_hint: str | None) -> float:
        found = diagnoser.diagnose([pictures.grey()], crop_hint=crop_hint).candidates
        return sum(one.probability for one in found if one.crop == "tomato")

    assert mass("bean") < mass(None) < mass("tomato")


@pytest.mark.parametrize(("count", "code"), [(0, ErrorCode.CASE_EMPTY), (6, ErrorCode.CASE_TOO_MANY_PHOTOS)])
def test_no_photo_or_six_are_refused(
    diagnoser: Diagnoser, pictures: PictureFactory, count: int, code: ErrorCode
) -> None:
    with pytest.raises(CaseError) as caught:
        diagnoser.diagnose([pictures.leaf()] * count)
    assert caught.value.code == code
