import numpy as np
import pandas as pd
import pytest

from training.dataset.targets import Labels, label_positions

CLASSES = ["bean.healthy", "bean.rust", "unknown_plant"]
PHOTOS = pd.DataFrame({"photo": ["a", "b", "c"], "class_id": ["bean.rust", "bean.healthy", "bean.rust"]})
SOFT_LABELS = pd.DataFrame(
    [
        ("a", "bean.healthy", 0.45),
        ("a", "bean.rust", 0.45),
        ("b", "pea.rust", 1.0),
        ("elsewhere", "bean.rust", 1.0),
    ],
    columns=["photo", "class_id", "belief"],
)


def shares(labels: Labels, index: int) -> list[float]:
    random = np.random.default_rng(1)
    drawn = [labels.draw(index, random) for _ in range(4000)]
    return [drawn.count(position) / len(drawn) for position in range(len(CLASSES))]


def test_positions_are_those_of_the_output() -> None:
    assert label_positions(PHOTOS, CLASSES).tolist() == [1, 0, 1]
    with pytest.raises(KeyError, match="pea"):
        label_positions(pd.DataFrame({"class_id": ["pea.rust"]}), CLASSES)


def test_a_photo_is_taken_for_what_is_believed_of_it_as_often_as_wanted() -> None:
    labels = Labels.of(PHOTOS, CLASSES, soft_labels=SOFT_LABELS, share=0.4)
    assert shares(labels, 0) == pytest.approx([0.2, 0.8, 0.0], abs=0.03)


@pytest.mark.parametrize("index", [1, 2], ids=["believed to be of no class there is", "nobody was asked"])
def test_without_an_opinion_the_label_counts(index: int) -> None:
    labels = Labels.of(PHOTOS, CLASSES, soft_labels=SOFT_LABELS, share=1.0)
    assert shares(labels, index)[labels.positions[index]] == 1


def test_labels_alone_are_drawn_as_they_are() -> None:
    for labels in (Labels.of(PHOTOS, CLASSES), Labels.of(PHOTOS, CLASSES, soft_labels=SOFT_LABELS, share=0.0)):
        assert len(labels) == len(PHOTOS)
        assert [shares(labels, index)[position] for index, position in enumerate(labels.positions)] == [1, 1, 1]
