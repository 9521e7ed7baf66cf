"""Cases of several photos."""

import pandas as pd

from training.calibration.situations import cases_of_one_plant


def test_several_photos_are_of_one_plant() -> None:
    rows = pd.DataFrame({"class_id": "bean.rust", "source": "a", "group": [*"abbcccdddddddd"]})
    members = cases_of_one_plant(rows, seed=1)
    assert [set(rows["group"][list(photos)]) for photos in members] == [{"b"}, {"c"}, {"d"}]
    assert all(2 <= len(set(photos)) == len(photos) <= 5 for photos in members)
