"""Sentences for the terminal."""

import pytest

from majani.decision.diagnoser import Diagnoser
from majani.decision.wording import describe_diagnosis, describe_model, percent
from majani.model.bundle import Situation, SituationRules
from tests.pictures import PictureFactory
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle, tiny_bundle_with_lists


def words(diagnoser: Diagnoser, **photos: bytes) -> list[str]:
    return describe_diagnosis(diagnoser.diagnose(list(photos.values())), photo_names=list(photos))


def test_of_several_photos(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    lines = words(diagnoser, one=pictures.leaf(), two=pictures.grey(), three=pictures.gif(), four=pictures.dark())
    assert lines[0].startswith("Bean: healthy bean, 9")
    assert lines[2:-1] == [
        "one: used",
        "two: used",
        "three: not used, unsupported",
        "four: not used, too dark: take it in daylight; blurred: hold still, and let the camera focus on the leaf",
    ]


def test_alternatives_do_not_repeat_the_answer(pictures: PictureFactory) -> None:
    diagnoser = Diagnoser(tiny_bundle({"bean.angular_leaf_spot": (38.0, -20.0, -20.0)}))
    lines = words(diagnoser, p=pictures.red())
    assert lines[0] == "Bean: bean rust, 82%"
    assert lines[2:4] == ["It might also be:", "  Bean: angular leaf spot, 18%"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("red", "Probably bean rust or angular leaf spot"),
        ("leaf", "No sign of a trouble that the model knows; look again in three days."),
    ],
)
def test_what_is_probable_is_said_with_its_promise(kind: str, said: str, pictures: PictureFactory) -> None:
    diagnosis = Diagnoser(tiny_bundle_with_lists()).diagnose(getattr(pictures, kind)(), "bean")
    assert diagnosis.one_of is not None
    promise = f"At least {diagnosis.one_of.confidence.right_of_ten} in 10 answers like this are right."
    lines = describe_diagnosis(diagnosis, photo_names=["p"])
    assert lines[:2] == [said, promise]
    assert OTHER_TROUBLE.name in lines[2]


def test_a_model_never_names_only_what_no_situation_names() -> None:
    manifest = tiny_bundle().manifest
    own = {"bean.healthy": 1.0, "bean.rust": 1.0, "tomato.healthy": 0.8}
    rules = manifest.rules.model_copy(
        update={
            "thresholds": manifest.rules.thresholds.model_copy(update={"per_class": own}),
            "situations": {Situation.CROP_NAMED: SituationRules(answer=0.9, per_class={"bean.healthy": 1.0})},
        }
    )
    assert describe_model(manifest.model_copy(update={"rules": rules}))[4:8] == [
        "  bean.healthy: healthy bean (never named)",
        "  bean.rust: bean rust (not named from one photo without its crop)",
        "  bean.angular_leaf_spot: angular leaf spot",
        "  tomato.healthy: healthy tomato (named from 80% on)",
    ]


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.0, "under 1%"), (0.0099, "under 1%"), (0.01, "1%"), (0.99, "99%"), (0.9901, "over 99%"), (1.0, "over 99%")],
)
def test_percentages_claim_no_certainty(probability: float, said: str) -> None:
    assert percent(probability) == said
