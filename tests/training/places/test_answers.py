"""What is said of places rests on what the answering network and head have not learned."""

import pytest

from majani.taxonomy import REJECT_CLASSES
from tests.training.described import PARAMS_FILE, taxonomy
from tests.training.seen import around
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import PLACES_DIR
from training.places import answers
from training.places.answers import RunsMissingError, asked_places, read_all
from training.places.rows import Kind
from training.settings import Params, read_params

WIDTH = 16
CORNERS = {"bean.rust": 0, "bean.healthy": 1, "tomato.healthy": 2, "unknown_plant": 3, "bean.other": 4}


def photos(source: str, class_id: str, split: str, *, terms: str = "open", corner: int | None = None) -> EmbeddingTable:
    """Photos around the corner of their class, or around another one."""
    at = CORNERS[class_id] if corner is None else corner
    return around(at, class_id, width=WIDTH, source=source, split=split, terms=terms)


def in_full(terms: str) -> Params:
    """Settings of a training from ImageNet's weights on open photos; the head learns under these terms."""
    params = read_params(PARAMS_FILE)
    train = params.train.model_copy(update={"start_from": None, "terms": "open"})
    return params.model_copy(update={"train": train, "calibrate": params.calibrate.model_copy(update={"terms": terms})})


@pytest.fixture(autouse=True)
def _small_taxonomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "read_taxonomy", taxonomy)


@pytest.mark.parametrize("terms", ["open", "all"])
def test_nobody_has_learned_what_the_shipped_network_is_asked_about(terms: str) -> None:
    seen = photos("near", "bean.rust", "train")
    # Their rust looks as healthy leaves do elsewhere: only who has learned it would be right.
    closed = photos("closed", "bean.rust", "train", terms="unstated", corner=1)
    # Some look like a photo that was learned.
    closed.rows.loc[:9, "group"] = "near/bean.rust/1"
    for more in (
        photos("near", "bean.healthy", "train"),
        photos("near", "tomato.healthy", "train"),
        photos("weeds", "unknown_plant", "train"),
        closed,
        photos("orchard", "bean.other", "asked"),
        photos("gardens", "unknown_plant", "outlier", terms="unstated"),
    ):
        seen = seen.and_also(more)
    found = {out.place.name: out for out in asked_places(seen, in_full(terms))}
    assert {name: (out.kind, len(out.place.rows)) for name, out in found.items()} == {
        "closed": (Kind.PLACE, 30),
        "orchard": (Kind.CONDITION, 40),
    }
    assert found["closed"].place.answers.class_ids == ("bean.healthy", "bean.rust", "tomato.healthy", *REJECT_CLASSES)
    best = found["closed"].place.answers.best()
    assert best.count("bean.healthy") > 25
    assert not any(out.place.by_short_network for out in found.values())


def test_where_the_head_alone_learns_a_network_is_asked_about_what_it_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = photos("near", "bean.rust", "train").and_also(photos("near", "bean.healthy", "train"))
    new = photos("new", "bean.rust", "train", corner=1)
    new.rows.loc[:9, "group"] = "near/bean.rust/1"
    # The same leaves in another source, where they would be learned.
    twin = photos("twin", "bean.rust", "train", corner=1)
    twin.rows["group"] = new.rows["group"].to_numpy()
    for more in (photos("near", "tomato.healthy", "train"), photos("weeds", "unknown_plant", "train"), new, twin):
        seen = seen.and_also(more)
    monkeypatch.setattr(
        answers,
        "read_learned_photos",
        lambda _: frozenset(seen.rows.loc[~seen.rows["source"].isin(["new", "twin"]), "sha256"]),
    )
    params = read_params(PARAMS_FILE)
    for phases, places in (((), [("new", 30), ("twin", 30)]), (params.train.phases[:1], [])):
        update = {"start_from": "1", "quick": params.train.quick.model_copy(update={"phases": phases})}
        found = list(asked_places(seen, params.model_copy(update={"train": params.train.model_copy(update=update)})))
        assert [(out.place.name, len(out.place.rows)) for out in found] == places
        assert all(out.place.answers.best().count("bean.healthy") > 20 for out in found)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("files", [1, 3])
def test_a_run_is_never_taken_for_another(files: int) -> None:
    runs = (("a",), ("b",))
    assert list(read_all(runs)) == [], "the stage has not run"
    PLACES_DIR.mkdir(parents=True)
    for number in range(files):
        (PLACES_DIR / f"{number}.npz").touch()
    with pytest.raises(RunsMissingError):
        list(read_all(runs))
