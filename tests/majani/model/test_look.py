"""The second look, with a network whose every answer is known."""

from collections.abc import Sequence

import numpy as np
import pytest

from majani.image.decode import Pixels
from majani.model.bundle import SecondLook
from majani.model.look import Region, cut_out, look, region
from majani.model.predictor import Prediction

RULE = SecondLook(below=0.9, share=0.5, mirrored=False)


def prediction(probabilities: Sequence[float], evidence: Sequence[Sequence[float]] | None = None) -> Prediction:
    """Of two classes; the evidence is that of the first, the second has the opposite."""
    places = np.array([[1.0, 0.0], [0.0, 0.0]] if evidence is None else evidence, dtype=np.float32)
    return Prediction(
        probabilities=np.array(probabilities, dtype=np.float32),
        activation=np.stack([places, -places]),
        embedding=np.zeros(3, dtype=np.float32),
    )


class Network:
    """Gives prepared predictions in order and remembers what it saw."""

    def __init__(self, *predictions: Prediction) -> None:
        self._left = list(predictions)
        self.seen: list[Pixels] = []

    def predict(self, pixels: Pixels) -> Prediction:
        self.seen.append(pixels)
        return self._left.pop(0)


@pytest.fixture
def pixels() -> Pixels:
    """8 x 12 pixels, each of its own colour."""
    return np.arange(8 * 12 * 3, dtype=np.uint8).reshape(8, 12, 3)


def test_a_sure_answer_is_not_looked_at_again(pixels: Pixels) -> None:
    network = Network(prediction([0.95, 0.05]))
    assert look(network, pixels, RULE).probabilities == pytest.approx([0.95, 0.05])
    assert len(network.seen) == 1


def test_as_sure_as_the_rule_asks_for_is_sure_enough(pixels: Pixels) -> None:
    network = Network(prediction([0.75, 0.25]))
    look(network, pixels, SecondLook(below=0.75, share=0.5, mirrored=False))
    assert len(network.seen) == 1


def test_without_a_rule_there_is_one_look(pixels: Pixels) -> None:
    network = Network(prediction([0.5, 0.5]))
    look(network, pixels, None)
    assert len(network.seen) == 1


def test_an_unsure_answer_is_pooled_with_a_look_at_the_place_of_the_evidence(pixels: Pixels) -> None:
    network = Network(prediction([0.64, 0.36]), prediction([0.36, 0.64]))
    found = look(network, pixels, RULE)
    assert found.probabilities == pytest.approx([0.5, 0.5])
    assert found.activation.shape == (2, 2, 2), "the map shows the whole photo"
    assert (network.seen[0] == pixels).all()
    assert (network.seen[1] == pixels[:4, :6]).all()


@pytest.mark.parametrize(
    ("evidence", "share", "expected"),
    [
        pytest.param([[0, 0], [0, 1]], 0.5, Region(0.5, 0.5, 1, 1), id="bottom right"),
        pytest.param([[0, 0], [0, 0]], 0.5, Region(0, 0, 0.5, 0.5), id="the first of equals"),
        pytest.param([[-3, -2], [-1, -4]], 0.5, Region(0.5, 0, 1, 0.5), id="the least evidence against"),
        pytest.param([[0, 0, 9, 0], [0, 0, 0, 0], [5, 5, 0, 0], [5, 5, 0, 0]], 0.5, Region(0.5, 0, 1, 0.5), id="most"),
        pytest.param([[0, 1], [0, 0]], 0.1, Region(0, 0.5, 0.5, 1), id="never less than one place"),
    ],
)
def test_region(evidence: list[list[float]], share: float, expected: Region) -> None:
    assert region(prediction([0.6, 0.4], evidence), share=share) == expected


def test_the_leading_class_decides_where_to_look() -> None:
    assert region(prediction([0.4, 0.6], [[1, 0], [0, -1]]), share=0.5) == Region(0.5, 0.5, 1, 1)


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        pytest.param(Region(0, 0, 1, 1), (8, 12, 3), id="all"),
        pytest.param(Region(0.25, 0.5, 0.75, 1), (4, 6, 3), id="part"),
        pytest.param(Region(0.99, 0.99, 1, 1), (1, 1, 3), id="never empty"),
    ],
)
def test_cut_out(pixels: Pixels, part: Region, shape: tuple[int, int, int]) -> None:
    cut = cut_out(pixels, part, mirrored=False)
    assert cut.shape == shape
    assert cut.flags.c_contiguous
    assert (cut[-1, -1] == pixels[round(part.bottom * 8) - 1, round(part.right * 12) - 1]).all()


def test_mirrored_exchanges_left_and_right(pixels: Pixels) -> None:
    part = Region(0, 0.5, 0.5, 1)
    plain, mirrored = (cut_out(pixels, part, mirrored=one) for one in (False, True))
    assert (mirrored == plain[:, ::-1]).all()
    assert mirrored.flags.c_contiguous


def test_the_rule_decides_whether_the_second_look_is_mirrored(pixels: Pixels) -> None:
    network = Network(prediction([0.64, 0.36]), prediction([0.36, 0.64]))
    look(network, pixels, SecondLook(below=0.9, share=0.5, mirrored=True))
    assert (network.seen[1] == pixels[:4, :6][:, ::-1]).all()
