import pandas as pd
import pytest

from tests.training.described import PARAMS_FILE
from training.artifacts.files import OUTLIER
from training.bundle.assemble import learned_sources, weights_attribution
from training.settings import read_params


@pytest.mark.parametrize(
    ("weights", "licence"),
    [("package", "Apache-2.0"), ("hub", "apache-2.0"), ("none", "none"), ("weights.pt", "not stated")],
)
def test_a_bundle_names_the_licence_of_the_weights_that_it_began_with(weights: str, licence: str) -> None:
    train = read_params(PARAMS_FILE).train.model_copy(update={"weights": weights})
    found = weights_attribution(train)
    assert found.licence == licence
    assert bool(found.home) == (weights in {"package", "hub"})


@pytest.mark.parametrize(
    ("start_from", "phases", "network"),
    [
        pytest.param(None, 1, {"open"}, id="in full"),
        pytest.param("1", 1, {"open", "former"}, id="a quick round"),
        pytest.param("1", 0, {"former"}, id="the head alone"),
    ],
)
def test_a_bundle_says_which_part_has_learned_what(start_from: str | None, phases: int, network: set[str]) -> None:
    rows = [("open", "open", "train"), ("former", "unstated", "train"), ("weeds", "open", OUTLIER)]
    photos = pd.DataFrame(rows, columns=["source", "terms", "split"]).assign(sha256=lambda rows: rows["source"])
    params = read_params(PARAMS_FILE)
    quick = params.train.quick.model_copy(update={"phases": params.train.phases[:phases]})
    train = params.train.model_copy(update={"terms": "open", "start_from": start_from, "quick": quick})
    calibrate = params.calibrate.model_copy(update={"terms": "all"})
    params = params.model_copy(update={"train": train, "calibrate": calibrate})
    found = learned_sources(photos, params, {"former"} if start_from else set())
    assert found == {"network": network, "head": {"open", "former", "weeds"}}
