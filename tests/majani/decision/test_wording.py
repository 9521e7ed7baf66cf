"""Sentences for the terminal."""

import pytest

from majani.decision.diagnoser import Diagnoser
from majani.decision.wording import describe_diagnosis, describe_model, percent
from tests.pictures import PictureFactory
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle, tiny_bundle_with_lists


def words(diagnoser: Diagnoser, **photos: bytes) -> list[str]:
    return describe_diagnosis(diagnoser.diagnose(list(photos.values())), photo_names=list(photos))


def test_of_several_photos(diagnoser: Diagnoser, pictures: PictureFactory) -> None:
    lines = words(diagnoser, one=pictures.leaf(), two=pictures.grey(), three=pictures.gif(), four=pictures.dark())
    assert "healthy bean" in lines[0]
    assert lines[-5:-1] == [
        "one: used",
        "two: used",
        "three: not used, unsupported",
        "four: not used, too dark: take it in daylight; blurred: hold still, and let the camera focus on the leaf",
    ]


def test_the_headline_names_what_the_grade_allows_and_what_is_not_told_from_photos(pictures: PictureFactory) -> None:
    diagnoser = Diagnoser(tiny_bundle_with_lists())
    for kind, names in (("red", ("bean rust", "angular leaf spot")), ("leaf", ("healthy bean",))):
        diagnosis = diagnoser.diagnose(getattr(pictures, kind)(), "bean")
        lines = describe_diagnosis(diagnosis, photo_names=["p"])
        assert all(name in lines[0] for name in names)
        assert any(OTHER_TROUBLE.name in line for line in lines)


def test_a_model_lists_its_classes() -> None:
    manifest = tiny_bundle().manifest
    assert describe_model(manifest)[-len(manifest.classes) :] == [f"  {one.id}: {one.name}" for one in manifest.classes]


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.0, "under 1%"), (0.0099, "under 1%"), (0.01, "1%"), (0.99, "99%"), (0.9901, "over 99%"), (1.0, "over 99%")],
)
def test_percentages_claim_no_certainty(probability: float, said: str) -> None:
    assert percent(probability) == said
