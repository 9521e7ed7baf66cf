"""Places are told by what was left out, and answered by rules that never saw them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from majani.model.bundle import Situation
from majani.model.head import Answers
from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE
from training.calibration.situations import Place
from training.places.answer_table import LeftOut
from training.places.answers import kinds_of
from training.places.rows import Kind
from training.places.table import place_table
from training.settings import read_params

CLASSES = ("bean.rust", "bean.healthy", "pea.rust", "pea.blight", *REJECT_CLASSES)
PARAMS = read_params(PARAMS_FILE).calibrate.model_copy(update={"answer_precision": 0.8, "band_edges": (0.5,)})


@pytest.mark.parametrize(
    ("class_id", "kind"),
    [
        ("bean.rust", Kind.PLACE),
        ("pea.rust", Kind.LABORATORY),
        ("bean.healthy", Kind.PLACE),
        ("bean.blight", Kind.CONDITION),
        ("maize.rust", Kind.CROP),
        ("unknown_plant", Kind.NEGATIVES),
    ],
)
def test_what_a_model_knows_makes_the_kind(class_id: str, kind: Kind) -> None:
    in_lab = frozenset({"pea.rust", "pea.blight", "bean.healthy"})
    assert kinds_of(pd.DataFrame({"class_id": [class_id]}), CLASSES, in_lab).tolist() == [kind]


def left_out(
    name: str, kind: Kind, *, right: float, crops: Sequence[str] = ("bean", "pea"), count: int = 120
) -> LeftOut:
    """Photos of these crops in turn, all named with 0.9, so many of them rightly."""
    truth = [f"{crop}.rust" for crop in crops] * (count // len(crops))
    other = {"bean.rust": "bean.healthy", "pea.rust": "pea.blight"}
    best = [one if number < right * count else other[one] for number, one in enumerate(truth)]
    probabilities = np.full((count, len(CLASSES)), 0.02, dtype=np.float32)
    probabilities[np.arange(count), [CLASSES.index(one) for one in best]] = 0.9
    rows = pd.DataFrame(
        {"class_id": truth, "source": name, "domain": "field", "group": [f"{name}{one}" for one in range(count)]}
    )
    return LeftOut(kind, Place(name, Answers(CLASSES, probabilities), rows))


def test_no_place_has_a_say_in_its_own_figures() -> None:
    good, bad = left_out("good", Kind.PLACE, right=1.0), left_out("bad", Kind.PLACE, right=0.3)
    table = place_table([good, bad], PARAMS, reject=0.5)
    rows = {row.place: row for row in table.rows if row.situation is None}
    # The bad place silences the good one's crops. The good one speaks for the bad one's: its other half is other crops.
    assert (rows["good"].named, rows["bad"].named) == (0, 100)
    assert {row.named for row in place_table([bad], PARAMS, reject=0.5).rows} == {0}, "no other crop bears it out"
    fine = [left_out(name, Kind.PLACE, right=1.0) for name in "abc"]
    by_situation = {row.situation: row for row in place_table([good, *fine], PARAMS, reject=0.5).rows[:4]}
    plain, named = by_situation[None], by_situation[Situation.CROP_NAMED]
    assert (plain.named, plain.right, plain.n, plain.promised) == (100, 100, 120, 0)
    assert named.promised is not None and named.right_at_least is not None
    assert 0 < named.promised <= named.right_at_least < 100
    # A place may have one crop.
    places = [left_out(name, Kind.PLACE, right=1.0, crops=["bean"]) for name in ("a", "b")]
    rows_of_one = [row for row in place_table(places, PARAMS, reject=0.5).rows if row.situation is None]
    assert [(row.n, row.named, row.right) for row in rows_of_one] == [(120, 100, 100)] * 2


def test_a_hard_place_silences_its_own_crop_and_no_other() -> None:
    fine = [left_out(name, Kind.PLACE, right=1.0) for name in "abc"]
    hard = left_out("hard", Kind.PLACE, right=0.1, crops=["pea"])
    rows = [row for row in place_table([*fine, hard], PARAMS, reject=0.5).rows if row.situation is Situation.CROP_NAMED]
    # Half of the photos of each place are of beans.
    assert {row.named for row in rows if row.place != "hard"} == {50}
    assert {row.right for row in rows if row.place != "hard"} == {100}


def test_sick_leaves_that_are_called_healthy_are_counted() -> None:
    places = [left_out(name, Kind.PLACE, right=1.0) for name in "abc"]
    wrong = left_out("beans", Kind.CONDITION, right=0.0, crops=["bean"], count=60)
    rows = {row.place: row for row in place_table([*places, wrong], PARAMS, reject=0.5).rows if row.situation is None}
    assert (rows["a"].sick, rows["a"].called_healthy) == (120, 0)
    assert 0 < (rows["a"].called_healthy_at_most or 0) < 5
    assert (rows["beans"].sick, rows["beans"].called_healthy, rows["beans"].called_healthy_at_most) == (60, 100, 100)


def test_of_strangers_only_naming_and_refusing_is_counted() -> None:
    known, stranger = left_out("known", Kind.PLACE, right=1.0), left_out("weeds", Kind.NEGATIVES, right=1.0)
    table = place_table([known, stranger], PARAMS, reject=0.5)
    (row,) = (row for row in table.rows if row.kind is Kind.NEGATIVES)
    assert (row.named, row.top1, row.right, row.refused) == (100, None, None, 0)
    spread = {(one.measure, one.kind): one for one in table.spreads if one.situation is None}
    assert spread["named", Kind.NEGATIVES].worst == 100
    assert spread["named", Kind.NEGATIVES].low is None, "one place tells nothing of the next"
    assert place_table([stranger], PARAMS, reject=0.5).rows == ()
    tiny = left_out("tiny", Kind.PLACE, right=1.0, count=2)
    rows = place_table([tiny, known], PARAMS, reject=0.5).rows
    assert {row.situation for row in rows if row.place == "tiny"} == {None, Situation.CROP_NAMED}


def test_the_next_place_may_be_anywhere_between_those_seen_and_beyond() -> None:
    places = [left_out(f"p{number}", Kind.NEGATIVES, right=1.0) for number in range(3)]
    some = places[0].place
    silent = Answers(CLASSES, np.full((120, len(CLASSES)), 1 / len(CLASSES), dtype=np.float32))
    places[0] = LeftOut(Kind.NEGATIVES, Place("p0", silent, some.rows))
    table = place_table([left_out("known", Kind.PLACE, right=1.0), *places], PARAMS, reject=0.9)
    (named,) = (spread for spread in table.spreads if (spread.measure, spread.kind) == ("named", Kind.NEGATIVES))
    assert named.mean == pytest.approx(200 / 3, abs=0.01)
    assert (named.low, named.high) == (0, 100)
