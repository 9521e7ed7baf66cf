import pandas as pd
import pytest

from training.warm_start.kept_networks import learned_photos_of, network_file, read_learned_photos, write_learned_photos
from training.warm_start.repository import WarmStartError

pytestmark = pytest.mark.usefixtures("folder")
CURATED = pd.DataFrame(
    [("a", "leaf", "copy"), ("b", "leaf", ""), ("c", "leaf", ""), ("d", "other", ""), ("", "leaf", "photo_broken")],
    columns=["sha256", "group", "problem"],
)
SPLITS = pd.DataFrame(
    [("b", "leaf", "train"), ("c", "leaf", "leaks"), ("d", "other", "test")], columns=["sha256", "group", "split"]
)


def test_what_looks_like_a_learned_photo_counts_as_learned_also_a_copy_that_nobody_uses() -> None:
    assert learned_photos_of(CURATED, SPLITS) == {"a", "b", "c"}


def test_nobody_goes_on_from_a_network_that_may_have_learned_anything() -> None:
    write_learned_photos("1", {"b", "a"})
    for version in ("1", "2"):
        network_file(version).touch()
    assert read_learned_photos("1") == {"a", "b"}
    with pytest.raises(WarmStartError, match=r"2\.learned"):
        read_learned_photos("2")
