import pytest

from tests.training.described import PARAMS_FILE
from training.bundle.assemble import weights_attribution
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
