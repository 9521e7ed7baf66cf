"""What travels with the repository does what it was made from did, and nothing else is taken for it."""

import contextlib
import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from majani.model.head import Answers
from tests.training.described import PARAMS_FILE, description, write_data
from tests.training.seen import table_of
from training.artifacts.embeddings import EmbeddingTable, write_embeddings
from training.artifacts.files import (
    CLASSES_FILE,
    EMBEDDINGS_FILE,
    NETWORK_FILE,
    NETWORKS_DIR,
    TEST_EMBEDDINGS_FILE,
    WARM_START_DIR,
)
from training.calibration.situations import Place
from training.fit.warm_start import warm_start
from training.model.network import LeafNetwork, load_pretrained
from training.places.answer_table import (
    LeftOut,
    as_table,
    places_in,
    read_answers,
    taken_over,
    without_cases,
    write_answers,
)
from training.places.rows import Kind
from training.settings import read_params
from training.warm_start.kept_networks import keep_network, places_file, read_learned_photos
from training.warm_start.repository import WarmStartError, read_samples, read_warm_start
from training.warm_start.writing import write_warm_start

BACKBONE = "tf_efficientnet_lite0"
CLASSES = ["bean.rust", "bean.healthy", "unknown_plant", "not_a_plant"]
SEEN = [f"{number:064x}" for number in range(3)]


def seen_of(photos: int, split: str) -> EmbeddingTable:
    """Of two classes, one with a single photo; half of the numbers are 0, as in real ones."""
    random = np.random.default_rng(1)
    sha256 = [f"{random.integers(2**62):064x}"[::-1] for _ in range(photos)]
    return table_of(
        np.maximum(random.normal(size=(photos, 32), scale=0.3), 0),
        network="a network",
        photo=[f"{split}/{number}.jpg" for number in range(photos)],
        sha256=sha256,
        source=["beans"] * (photos - 1) + ["field_reviews"],
        class_id=["bean.rust"] + ["bean.healthy"] * (photos - 1),
        group=[f"case {number // 2}" for number in range(photos)],
        split=split,
        weight=2.0,
    )


PLACE = Place(
    "bean of beans",
    Answers((CLASSES[1], *CLASSES[2:]), np.array([[0.9, 0.1, 1.5e-9], [1, 0, 0], [0, 0, 1]], dtype=np.float32)),
    pd.DataFrame(
        {
            "source": ["beans", "beans", "field_reviews"],
            "class_id": CLASSES[1],
            "domain": "field",
            "group": ["case b", "case a", "case c"],
            "photo": "case.jpg",
        }
    ),
    frozenset(CLASSES[:1]),
)


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LeafNetwork]:
    """The folder of a project where this network was promoted."""
    folder = tmp_path_factory.mktemp("promoted")
    network = LeafNetwork(backbone=BACKBONE, classes=len(CLASSES), dropout=0.0).eval()
    load_pretrained(network, "package")
    torch.nn.init.normal_(network.head.weight, generator=torch.Generator().manual_seed(1))
    # Of a channel that is nearly dead, and of a lively one: beyond both ends of 16-bit floats.
    network.state_dict()["backbone.bn2.running_var"][:2] = torch.tensor([1e-12, 1e6])
    with contextlib.chdir(folder):
        NETWORK_FILE.parent.mkdir(parents=True)
        torch.save({"backbone": BACKBONE, "weights": network.state_dict()}, NETWORK_FILE)
        CLASSES_FILE.write_text(json.dumps(CLASSES), encoding="utf-8")
        keep_network("1", network=NETWORK_FILE, classes=CLASSES_FILE, learned=SEEN, wanted=set())
        write_embeddings(seen_of(200, "train"), EMBEDDINGS_FILE)
        write_embeddings(seen_of(3, "test"), TEST_EMBEDDINGS_FILE)
        write_answers(without_cases(as_table([LeftOut(Kind.PLACE, PLACE)])), places_file("1"))
        write_warm_start("1")
    return folder, network


@pytest.fixture(autouse=True)
def clone(promoted: tuple[Path, LeafNetwork], folder: Path) -> None:
    """Another machine, which has what travels and nothing else."""
    write_data(folder, description("beans"))
    shutil.copytree(promoted[0] / WARM_START_DIR, WARM_START_DIR)


def test_a_network_that_travelled_in_16_bits_says_the_same(promoted: tuple[Path, LeafNetwork]) -> None:
    _, network = promoted
    begun = LeafNetwork(backbone=BACKBONE, classes=len(CLASSES), dropout=0.0).eval()
    warm_start(begun, CLASSES, "1")
    pixels = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        before, after = network(pixels), begun(pixels)
    assert float((after - before).std()) < 0.02 * float(before.std())
    ours, theirs = begun.state_dict(), network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if theirs[name].ndim < 2)
    assert {parameter.dtype for parameter in begun.parameters()} == {torch.float32}
    assert read_learned_photos("1") == set(SEEN)
    # The round's own promotion replaces the folder, and the round may run again.
    shutil.rmtree(WARM_START_DIR)
    assert read_learned_photos("1") == set(SEEN)


def test_what_is_missing_damaged_or_of_another_bundle_is_refused() -> None:
    with pytest.raises(WarmStartError, match="is of 1, not of 2"):
        read_learned_photos("2")
    file = WARM_START_DIR / "network.safetensors"
    content = file.read_bytes()
    for damaged in (content[:-1] + bytes([content[-1] ^ 1]), None):
        file.unlink() if damaged is None else file.write_bytes(damaged)
        with pytest.raises(WarmStartError, match="git checkout"):
            read_learned_photos("1")
    shutil.rmtree(WARM_START_DIR)
    with pytest.raises(WarmStartError, match="is missing"):
        read_learned_photos("1")
    assert not NETWORKS_DIR.exists(), "nothing of it is kept"


def test_embeddings_and_districts_travel_without_names_and_in_a_bounded_number() -> None:
    before = seen_of(200, "train")
    learned, tested = read_samples()
    assert learned.network == "a network"
    assert len(tested.rows) == 2, "reviewed cases stay on the machine that trained"
    assert learned.rows["class_id"].value_counts().to_dict() == {"bean.healthy": 100, "bean.rust": 1}
    assert learned.rows["weight"].sum() == pytest.approx(before.rows["weight"][:-1].sum())
    assert read_warm_start("1").share == pytest.approx(101 / 200)
    known = learned.rows["sha256"].map({sha256[:8]: at for at, sha256 in enumerate(before.rows["sha256"])})
    assert np.abs(learned.embeddings - before.embeddings[known]).max() < before.embeddings.std() / 8
    assert set(learned.rows["photo"]) == {""}
    train = read_params(PARAMS_FILE).train
    assert taken_over(train) is None
    read_learned_photos("1")
    file = taken_over(train.model_copy(update={"start_from": "1"}))
    assert file is not None
    (left_out,) = places_in(read_answers(file))
    assert left_out.kind is Kind.PLACE
    for place in (left_out.place,):
        assert (place.answers.class_ids, place.lab_only) == (PLACE.answers.class_ids, PLACE.lab_only)
        assert place.answers.probabilities == pytest.approx(PLACE.answers.probabilities[:2], rel=1e-3)
        assert place.rows["group"].nunique() == 2
    files = [*WARM_START_DIR.iterdir()]
    read = [lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes() for file in files]
    assert not any(b"case" in content for content in read)
