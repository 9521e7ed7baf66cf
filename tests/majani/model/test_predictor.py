"""The network's side of a bundle."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from majani.errors import BundleError
from majani.image.decode import decode
from majani.model.bundle import Bundle
from majani.model.predictor import Predictor
from tests.pictures import PictureFactory
from tests.tiny_bundle import SIDE_PX, tiny_bundle, tiny_manifest, tiny_model


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(tiny_bundle())


@pytest.mark.parametrize(("height", "width"), [(1, 1), (30, 40), (600, 512), (8, 8)])
def test_pixels_of_any_size_give_outputs_of_one_shape(predictor: Predictor, height: int, width: int) -> None:
    prediction = predictor.predict(np.full((height, width, 3), (40, 200, 40), dtype=np.uint8))
    assert prediction.probabilities.shape == (7,)
    assert prediction.activation.shape == (7, SIDE_PX, SIDE_PX)
    assert prediction.embedding.shape == (3,)
    for output in (prediction.probabilities, prediction.activation, prediction.embedding):
        assert output.dtype == np.float32
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_threads_may_share_it(predictor: Predictor, pictures: PictureFactory) -> None:
    photos = [decode(photo) for photo in (pictures.leaf(), pictures.red(), pictures.blue(), pictures.grey())] * 5
    alone = [predictor.predict(photo).probabilities for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda photo: predictor.predict(photo).probabilities, photos))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a model", id="garbage"),
        pytest.param(tiny_model()[:200], id="cut"),
        pytest.param(tiny_model(input_name="image"), id="other input"),
        pytest.param(tiny_model(last_output="features_out"), id="other output"),
        pytest.param(tiny_model({"bean.healthy": (0.0, 1.0, 0.0)}), id="other number of classes"),
    ],
)
def test_a_model_that_does_not_keep_to_the_agreement_is_refused(model: bytes) -> None:
    # The manifest needs a size above 0, and the predictor does not look at it.
    with pytest.raises(BundleError):
        Predictor(Bundle(manifest=tiny_manifest(model or b"\0"), model=model))


def test_nothing_is_noted_down_for_the_maker_of_the_runtime(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    script = "import sys; from majani import Diagnoser; Diagnoser.from_pretrained(sys.argv[1])"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    command = [sys.executable, "-c", script, str(tiny_bundle_dir)]
    subprocess.run(command, env=environ | {"HOME": str(tmp_path)}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
