import itertools
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.artifacts.files import SPLITS_FILE, read_splits
from training.curation.partition import split
from training.settings import SplitParams
from training.warm_start.kept_networks import learned_photos_of

PARAMS = SplitParams(seed=1, val_share=0.10, test_share=0.15)
Row = tuple[str, str, str, str]
REVIEWS = "field_reviews"


def table(rows: Iterable[Row]) -> pd.DataFrame:
    """Photos of (source, class, group, official split), numbered."""
    frame = pd.DataFrame(rows, columns=["source", "class_id", "group", "official_split"])
    return frame.assign(photo=[f"{group}/{index}" for index, group in enumerate(frame["group"])], problem="")


def singles(count: int, *, source: str = "beans", class_id: str = "bean.rust", first: int = 0) -> list[Row]:
    return [(source, class_id, f"{source}/{class_id}/{number}", "") for number in range(first, first + count)]


def reviewed(cases: Mapping[str, str], *, photos_each: int = 2) -> pd.DataFrame:
    """Photos of cases as ``curate`` writes them, by case with the group that they are in."""
    rows = [
        (f"{REVIEWS}/photos/{case}/{number}.jpg", group)
        for case, group in cases.items()
        for number in range(photos_each)
    ]
    frame = pd.DataFrame(rows, columns=["photo", "group"])
    return frame.assign(source=REVIEWS, class_id="bean.rust", official_split="", problem="")


def by_case(photos: pd.DataFrame) -> dict[str, str]:
    """Where each reviewed case is; all photos of one are in one place."""
    done = split(photos, PARAMS)
    done = done[done["source"] == REVIEWS]
    of_case = done.groupby(done["photo"].str.split("/").str[2])["split"]
    assert of_case.nunique().max() == 1
    return {str(case): place for case, place in of_case.first().items()}


def cases_of(place: str) -> Iterator[str]:
    """Cases whose own place is this, without an end."""
    return (case for case in map("c{}".format, itertools.count()) if by_case(reviewed({case: case})) == {case: place})


def dealt(photos: pd.DataFrame, params: SplitParams = PARAMS) -> dict[str, str]:
    """Split by group, for tables in which a group has one."""
    done = split(photos, params)
    return dict(zip(done["group"], done["split"], strict=True))


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["beans", "peas"]),
            st.sampled_from(["bean.rust", "bean.healthy"]),
            st.sampled_from([f"g{number}" for number in range(12)]),
            st.sampled_from(["", "", "", "train", "val", "test"]),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_no_group_straddles_splits_and_official_tests_stay_whole(rows: list[Row]) -> None:
    done = split(table(rows), PARAMS)
    used = done[done["split"] != "leaks"]
    assert used.groupby("group")["split"].nunique().max() == 1
    assert (done.loc[done["official_split"] == "test", "split"] == "test").all()
    assert len(done) == len(rows)


@pytest.mark.parametrize(("held_out", "other"), [("test", "train"), ("test", ""), ("test", "val"), ("val", "train")])
def test_photos_beside_held_out_ones_leak(held_out: str, other: str) -> None:
    done = split(table([("beans", "bean.rust", "leaf", held_out), ("peas", "bean.rust", "leaf", other)]), PARAMS)
    assert list(done["split"]) == [held_out, "leaks"]


def test_cases_of_a_growing_source_never_move() -> None:
    """Whatever is added to it, and whatever its cases are labelled as later."""
    cases = {f"c{number}": f"c{number}" for number in range(500)}
    first, later = (reviewed(dict(itertools.islice(cases.items(), count))) for count in (200, 500))
    later.loc[:100, "class_id"] = "bean.healthy"
    before, after = by_case(first), by_case(later)
    assert {case: after[case] for case in before} == before
    shares = pd.Series(after).value_counts(normalize=True)
    assert shares["test"] == pytest.approx(0.15, abs=0.05)
    assert shares["val"] == pytest.approx(0.10, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.sets(st.integers(0, 59)))
def test_however_cases_are_joined_each_is_in_its_own_place_or_out_of_use(joined: list[int], dropped: set[int]) -> None:
    groups = {f"c{number}": f"g{group}" for number, group in enumerate(joined)}
    own = by_case(reviewed({case: case for case in groups}))
    photos = reviewed(groups)
    photos.loc[photos["photo"].str.split("/").str[2].isin([f"c{number}" for number in dropped]), "problem"] = "copy"
    done = split(photos, PARAMS)
    case = done["photo"].str.split("/").str[2]
    is_used = done["split"] != "leaks"
    assert (done["split"] == case.map(own))[is_used].all()
    assert (is_used | (case.map(own) != "train")).all(), "what may have been learned is never examined, nor lost"
    learned = {groups[one] for one, place in own.items() if place == "train"}
    assert not done.loc[done["group"].isin(learned), "split"].isin(["val", "test"]).any()
    assert done[is_used].groupby("group")["split"].nunique().max() <= 1 or not is_used.any()


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param(["train", "test", "val"], ["train", "leaks", "leaks"], id="training's stay"),
        pytest.param(["test", "val", "test"], ["test", "leaks", "test"], id="else the test's"),
        pytest.param(["val", "val"], ["val", "val"], id="of one place"),
    ],
)
def test_of_look_alikes_of_different_places_those_of_one_are_used(places: list[str], expected: list[str]) -> None:
    sought = {place: cases_of(place) for place in set(places)}
    cases = [next(sought[place]) for place in places]
    found = by_case(reviewed(dict.fromkeys(cases, "alike")))
    assert [found[case] for case in cases] == expected


@pytest.mark.parametrize("official", ["test", "val"])
@pytest.mark.parametrize("place", ["train", "val", "test"])
def test_a_case_beside_an_official_photo_leaks(official: str, place: str) -> None:
    case = next(cases_of(place))
    photos = pd.concat([table([("beans", "bean.rust", "alike", official)]), reviewed({case: "alike"})])
    done = split(photos, PARAMS)
    assert list(done["split"]) == [official, "leaks", "leaks"]


def test_no_photo_moves_because_of_a_later_part_of_its_place() -> None:
    first = table(singles(100))
    part = table(singles(100, source="more")).assign(source="beans")
    both = split(pd.concat([first, part], ignore_index=True), PARAMS)
    assert list(both["split"][:100]) == list(split(first, PARAMS)["split"])
    assert set(both["split"][100:]) == {"train", "val", "test"}


def test_no_photo_of_a_dataset_moves_because_of_reviewed_cases() -> None:
    """Sources are dealt in the order of their names, and reviewed cases stand between these two."""
    datasets = table([*singles(100), *singles(100, source="peas")])
    alone = split(datasets, PARAMS)
    cases = reviewed({f"c{number}": group for number, group in enumerate(datasets["group"])})
    done = split(pd.concat([datasets, cases], ignore_index=True), PARAMS)
    pd.testing.assert_frame_equal(done[done["source"] != REVIEWS], alone)
    used = done[done["split"] != "leaks"]
    assert used.groupby("group")["split"].nunique().max() == 1
    own = by_case(reviewed({f"c{number}": f"c{number}" for number in range(200)}))
    together = dict(zip(alone["group"], alone["split"], strict=True))
    expected = {
        case: place if together[datasets.at[int(case[1:]), "group"]] == place else "leaks"
        for case, place in own.items()
    }
    assert by_case(pd.concat([datasets, cases])) == expected
    assert {"train", "val", "test", "leaks"} == set(expected.values())


@pytest.mark.parametrize("official", ["test", "val"])
def test_a_source_with_an_official_split_gets_no_second_one(official: str) -> None:
    rows = table([*singles(100), ("beans", "bean.healthy", "beans/leaf", official)])
    counts = split(rows, PARAMS)["split"].value_counts()
    assert counts[official] == 1
    assert counts["train"] == (90 if official == "test" else 85)


def test_shares_of_single_photos_are_exact_in_every_class() -> None:
    done = split(table([*singles(200), *singles(100, class_id="bean.healthy")]), PARAMS)
    assert done.groupby(["class_id", "split"]).size().to_dict() == {
        ("bean.healthy", "test"): 15,
        ("bean.healthy", "train"): 75,
        ("bean.healthy", "val"): 10,
        ("bean.rust", "test"): 30,
        ("bean.rust", "train"): 150,
        ("bean.rust", "val"): 20,
    }


def test_the_deal_depends_on_the_seed_and_not_on_photos_elsewhere_or_the_order_of_rows() -> None:
    photos = table(singles(100))
    before = dealt(photos)
    for more in ({"source": "peas"}, {"class_id": "bean.healthy"}):
        after = dealt(table([*singles(80, **more), *singles(100)]))
        assert {group: after[group] for group in before} == before, more
    assert dealt(photos.sample(frac=1, random_state=5)) == before
    assert dealt(photos, PARAMS.model_copy(update={"seed": 2})) != before


def test_a_quick_round_is_not_examined_on_look_alikes_of_a_case_that_was_learned_and_deleted() -> None:
    held_out = {place: next(cases_of(place)) for place in ("test", "val")}
    groups = {next(cases_of("train")): "leaf", **dict.fromkeys(held_out.values(), "leaf")}
    before = reviewed(groups)
    before = before.assign(sha256=before["photo"])
    learned = learned_photos_of(before, split(before, PARAMS))
    # The learned case is deleted, and the look-alikes are renamed after the first of those that are left.
    after = before[before["photo"].str.split("/").str[2].isin(held_out.values())].assign(group="renamed")
    assert set(split(after, PARAMS)["split"]) == {"test"} | {"leaks"}, "a full round may use them"
    assert set(split(after, PARAMS, learned=learned)["split"]) == {"leaks"}


def test_photos_with_a_problem_are_dropped_and_hold_nobody_back() -> None:
    photos = table([("beans", "bean.rust", "leaf", "test"), ("peas", "bean.rust", "leaf", "train")])
    photos.loc[0, "problem"] = "photo_broken"
    assert list(split(photos, PARAMS)["source"]) == ["peas"]
    assert "leaks" not in set(split(photos, PARAMS)["split"])


@pytest.mark.usefixtures("folder")
def test_reads_the_named_splits() -> None:
    SPLITS_FILE.parent.mkdir(parents=True)
    pd.DataFrame({"photo": ["a", "b", "c"], "doubt": "", "split": ["train", "val", "test"]}).to_csv(SPLITS_FILE)
    rows = read_splits("val", "test")
    assert list(rows["photo"]) == ["b", "c"]
    assert list(rows.index) == [0, 1]
    assert list(rows["doubt"]) == ["", ""]
