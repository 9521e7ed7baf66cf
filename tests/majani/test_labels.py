"""What people call a condition becomes an id; where it is not sure, a person is asked."""

import pytest

from majani.labels import LabelError, Suggestion, settle, suggest
from tests.training.described import taxonomy as small
from training.artifacts.files import read_taxonomy

TAXONOMY = read_taxonomy()
HEALTHY_ELSEWHERE = (
    *("Feuilles saines", "en bonne santé", "sano", "Folha saudável", "mwenye afya", "swasth", "shustho", "saleem"),
    *("स्वस्थ", "সুস্থ", "kitui/سليم"),
)


@pytest.mark.parametrize(
    ("label", "crop", "class_id", "is_sure", "is_new"),
    [
        ("bean.rust", None, "bean.rust", True, False),
        ("unknown_plant", None, "unknown_plant", True, False),
        ("Apple___Black_rot", None, "apple.black_rot", True, False),
        ("apple/Scab", None, "apple.scab", True, False),
        ("Healthy", "citrus", "citrus.healthy", True, False),
        ("bell_pepper/bacterial spot", None, "bell_pepper.bacterial_spot", True, False),
        ("black rott", "apple", "apple.black_rot", False, False),
        ("late blihgt", "potato", "potato.late_blight", False, False),
        ("powdery mildew", "apple", "apple.powdery_mildew", False, True),
        # Near to what they are not.
        ("no rust", "bean", "", False, False),
        ("rust & spots", "bean", "", False, False),
        # Of an archive that holds its folder.
        ("kitui/healthy", "apple", "apple.healthy", True, False),
        ("kitui/gray_spot", "apple", "apple.gray_spot", False, True),
        *((label, "apple", "apple.healthy", True, False) for label in HEALTHY_ELSEWHERE),
        ("no sano", "apple", "apple.no_sano", False, True),
        ("None of these", "apple", "apple.other", True, True),
        ("Maladie été", "okra", "okra.maladie_ete", False, True),
    ],
)
def test_labels_suggest_ids(label: str, crop: str | None, class_id: str, is_sure: bool, is_new: bool) -> None:
    assert suggest([label], crop, TAXONOMY) == [Suggestion(label, class_id, is_sure, is_new)]


@pytest.mark.parametrize(
    ("label", "crop"), [("rust", None), ("apple", None), ("病", "apple"), ("rust", "been"), ("2nd stage", "bean")]
)
def test_labels_that_make_no_id_or_name_a_misspelt_crop_are_refused(label: str, crop: str | None) -> None:
    with pytest.raises(LabelError):
        suggest([label], crop, TAXONOMY)


def test_a_person_is_asked_only_where_it_is_not_sure_and_can_correct_or_leave_out() -> None:
    found = suggest(["rusty", "bean healthy", "odd"], "bean", small())
    replies = {"rusty": iter(["no id", "bean.rust"]), "odd": iter([""])}
    assert settle(found, lambda one: next(replies[one.label]), small()) == {
        "rusty": "bean.rust",
        "bean healthy": "bean.healthy",
    }
