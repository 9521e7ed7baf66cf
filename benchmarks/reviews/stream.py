"""Splits the photos: for the first model, for the farmers whose cases are reviewed, and for the last examination.

Bean rust is the condition that is unknown at first. It has the most photos from the field of all conditions, each of
them of a leaf of its own, and its siblings stay known: a model without it has two wrong answers close at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from majani.model.bundle import sha256_hex
from training.artifacts.files import is_sound_field, read_splits

NEW = "bean.rust"
_SHARE_OF_FARMERS = 0.4
_PHOTOS_PER_CASE = 3
_SALT = "farmers"


@dataclass(frozen=True)
class Parts:
    """Four tables of photos without a common group, in the columns of the splits."""

    train: pd.DataFrame  # Neither a photo of the new condition nor one of the farmers'
    val: pd.DataFrame  # What it is calibrated on; the new condition is not in it
    farmers: pd.DataFrame  # Field photos that trained nothing, with ``case``; the new condition is as frequent as there
    test: pd.DataFrame  # Tests every model and is never reviewed; holds the new condition


def parts() -> Parts:
    """Deal out the photos of the pipeline."""
    train, val, test = (read_splits(split) for split in ("train", "val", "test"))
    is_new = train["class_id"] == NEW
    to_farmers = is_new | (is_sound_field(train) & _by_hash(train["group"]))
    # Photos elsewhere in the same group show the same leaf, so no part takes them.
    straddles = train["group"].isin(train["group"][to_farmers]) & ~to_farmers
    # No model learns from the new condition's validation photos, so they make the small examination larger.
    unseen = val["class_id"] == NEW
    beside = val["group"].isin(val["group"][unseen]) & ~unseen
    return Parts(
        train=train[~to_farmers & ~straddles].reset_index(drop=True),
        val=val[~unseen & ~beside].reset_index(drop=True),
        farmers=_as_cases(train[to_farmers].reset_index(drop=True)),
        test=pd.concat([test, val[unseen]], ignore_index=True),
    )


def _by_hash(groups: "pd.Series[str]") -> "pd.Series[bool]":
    limit = round(_SHARE_OF_FARMERS * 16**8)
    return groups.map(lambda group: int(sha256_hex(f"{_SALT}/{group}".encode())[:8], 16) < limit)


def _as_cases(photos: pd.DataFrame) -> pd.DataFrame:
    """Photos of one leaf or burst become one case, or several where there are more than a farmer would send."""
    number = photos.groupby(["group", "class_id"]).cumcount() // _PHOTOS_PER_CASE
    named = photos["group"] + "#" + photos["class_id"] + "#" + number.astype(str)
    return photos.assign(case=[sha256_hex(name.encode())[:16] for name in named])


def cases_of(farmers: pd.DataFrame) -> Sequence[str]:
    """All cases, in an order that has nothing to do with what they show."""
    return sorted(farmers["case"].unique())
