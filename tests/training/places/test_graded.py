"""No place has a say in the numbers that its grades are measured by."""

import numpy as np
import pandas as pd
import pytest

from majani.decision.grades import Grade
from majani.model.bundle import read_bundle
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE, ROOT
from training.artifacts.embeddings import read_embeddings
from training.artifacts.files import CURRENT_DIR, PLACES_FILE, WARM_START_DIR
from training.bundle.build import validated
from training.calibration.rules import by_source, cases_of
from training.calibration.situations import Place
from training.places.answer_table import LeftOut, places_in, read_answers
from training.places.graded import graded_table
from training.places.rows import Kind, PlaceTable
from training.settings import read_params
from training.warm_start.repository import LEARNED

PARAMS = read_params(PARAMS_FILE).calibrate
HOME = pd.DataFrame({"source": []})
CLASSES = ("bean.rust", "bean.blight", "bean.healthy", "pea.rust", "pea.blight", "pea.healthy", *REJECT_CLASSES)


def place(name: str, *, right: float, crop: str = "bean", count: int = 100, kind: Kind = Kind.PLACE) -> LeftOut:
    """Photos of rust, taken for rust or else for a healthy leaf with 0.9."""
    probabilities = np.full((count, len(CLASSES)), 0.1 / 7, dtype=np.float32)
    best = np.where(np.arange(count) < right * count, "rust", "healthy")
    probabilities[np.arange(count), [CLASSES.index(f"{crop}.{one}") for one in best]] = 0.9
    truth = f"{crop}.rust" if kind is Kind.PLACE else f"{crop}.mildew"
    rows = pd.DataFrame({"class_id": truth, "source": name, "domain": "field", "group": range(count)})
    return LeftOut(kind, Place(name, Answers(CLASSES, probabilities), rows))


def test_grades_of_a_place_rest_on_others() -> None:
    good = [place(name, right=1) for name in "abcdef"]
    fields = {
        one.place: one
        for one in graded_table([*good, place("bad", right=0)], HOME, PARAMS, reject=0.5).fields
        if one.crop_named
    }
    bad = fields["bad"]
    # The others speak for what is wrong here.
    assert (bad.first, bad.listed, bad.grades[Grade.MOST_LIKELY].share) == (0, 0, 100)
    assert (bad.sick, bad.called_healthy[Grade.MOST_LIKELY]) == (100, 100)
    assert fields["a"].first == 100
    alone = graded_table([*good[:2], place("bad", right=0.5)], HOME, PARAMS, reject=0.5).fields
    said = {one.place: one.grades[Grade.MOST_LIKELY].said or 0 for one in alone if one.crop_named}
    assert said["a"] < (bad.grades[Grade.MOST_LIKELY].said or 0), "with a place that is often wrong, less is said"
    assert graded_table(good[:1], HOME, PARAMS, reject=0.5).fields == (), "nothing else tells of it"


def test_unknown_conditions_are_counted_without_being_right() -> None:
    table = graded_table(
        [place("a", right=1), place("b", right=1), place("c", right=0, kind=Kind.CONDITION)], HOME, PARAMS, reject=0.5
    )
    (unknown,) = (one for one in table.fields if one.kind is Kind.CONDITION and one.crop_named)
    assert (unknown.first, unknown.listed) == (None, None)
    assert sum(one.share for one in unknown.grades.values()) == pytest.approx(100, abs=0.1)
    assert table.first == 100, "means are of known conditions"


def test_in_places_of_the_running_bundle_a_number_means_what_it_says() -> None:
    table = PlaceTable.model_validate_json((ROOT / PLACES_FILE).read_bytes()).graded
    for edge in (0.8, 0.6, 0.4):
        band = table.bands[edge]
        assert band.right is not None and band.said is not None
        assert abs(band.right - band.said) < 6
    most_likely, probably = table.grades[Grade.MOST_LIKELY], table.grades[Grade.PROBABLY]
    assert most_likely.share >= 14 and (most_likely.right or 0) >= 88
    assert probably.share >= 22 and 68 <= (probably.right or 0) <= 82
    assert (table.listed or 0) >= 88
    assert (table.length or 9) <= 2.3
    # Sick leaves called healthy with the crop named: the worst place.
    named = [one for one in table.fields if one.crop_named and not one.several and one.conditions > 1]
    of_sick = [one.called_healthy for one in named if one.kind is not Kind.CONDITION and one.sick >= 50]
    for given, most in ((Grade.MOST_LIKELY, 5), (Grade.PROBABLY, 10)):
        assert max(called.get(given, 0) for called in of_sick) <= most


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_what_is_published_of_places_is_what_they_say() -> None:
    bundle, seen = read_bundle(CURRENT_DIR), read_embeddings(WARM_START_DIR / LEARNED)
    home = cases_of(by_source(*validated(bundle, seen, PARAMS.model_copy(update={"terms": "all"}))))
    table = graded_table(places_in(read_answers(WARM_START_DIR / "places.parquet")), home, PARAMS, reject=0.5)
    published = PlaceTable.model_validate_json((ROOT / PLACES_FILE).read_bytes()).graded
    assert {(one.place, one.crop, one.kind) for one in table.fields} == {
        (one.place, one.crop, one.kind) for one in published.fields
    }
    # The repository has a sample of the photos by which "healthy" is bounded.
    for given in (Grade.MOST_LIKELY, Grade.PROBABLY):
        assert table.grades[given].share == pytest.approx(published.grades[given].share, abs=1)
    assert (table.first, table.length) == pytest.approx((published.first, published.length), abs=0.1)
