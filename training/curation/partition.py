"""The split of photos into train, val and test.

Official test splits stay whole. Elsewhere, whole groups (one leaf, one burst, one picture and its look-alikes) are
dealt out class by class, in the order of a hash of the group. So photos or sources that are added later move almost no
other photo, and bundles of different years can be compared on the same test photos.

A source of reviewed cases grows with every export. The split of a case depends only on its own hash and never changes,
because a network that starts from an earlier one must not be tested on photos of that one's training. Groups do change,
as look-alikes come and go. Where cases in one group have different splits, one split is used and the other cases are
left out.

A quick round is not tested on photos, or look-alikes of photos, that its network was trained on in earlier rounds
(:mod:`training.warm_start.kept_networks`).
"""

from collections import Counter
from collections.abc import Collection, Sequence

import pandas as pd

from majani.model.bundle import sha256_hex
from training.artifacts.files import ASKED, OUTLIER, REVIEWS_SOURCE, SplitName
from training.settings import SplitParams

# A group larger than what a split still wants is skipped, unless it overshoots by no more than this factor.
_OVERSHOOT = 1.3


def split(photos: pd.DataFrame, params: SplitParams, *, learned: Collection[str] = ()) -> pd.DataFrame:
    """Deal out all usable photos.

    Args:
        photos: As written by the stage ``curate``.
        params: Seed and shares.
        learned: Checksums of photos that the network was trained on in earlier rounds.

    Returns:
        The usable photos with a column ``split``: train, val, test, outlier, asked, or ``leaks`` for photos that are
        left out because their group holds official test photos, cases of another split, or photos of an earlier
        training. An outlier, or a photo that is only asked about, that looks like another photo leaks too.
    """
    is_case, is_usable = photos["source"] == REVIEWS_SOURCE, photos["problem"] == ""
    datasets = photos[is_usable & ~is_case & ~photos["official_split"].isin((OUTLIER, ASKED))]
    # Test outranks validation.
    official = _last_by_group(datasets, datasets["official_split"], ("val", "test"))
    dealt = _deal_datasets(datasets, official, params)
    # Unusable photos too: a duplicate that is dropped now may have been trained on in an earlier round.
    cases = photos[is_case]
    places = {photo: _place(photo, params) for photo in cases["photo"]}
    # Of cases in one group, those of one split are used: of train before test before val.
    used = _last_by_group(cases, cases["photo"].map(places), ("val", "test", "train"))
    used |= {group: dealt.get(group, "train") for group in datasets["group"]}
    usable = photos[is_usable].copy()
    usable["split"] = [
        ("leaks" if group in used else own)
        if own in (OUTLIER, ASKED)
        else _split_of(group, own, official, dealt)
        if photo not in places
        else ("leaks" if group in official or places[photo] != used[group] else places[photo])
        for photo, group, own in zip(usable["photo"], usable["group"], usable["official_split"], strict=True)
    ]
    if learned:
        known = usable["group"].isin(photos.loc[photos["sha256"].isin(list(learned)), "group"])
        usable.loc[known & usable["split"].isin(["val", "test"]), "split"] = "leaks"
    return usable


def _deal_datasets(datasets: pd.DataFrame, official: dict[str, SplitName], params: SplitParams) -> dict[str, SplitName]:
    """Validation and test groups of all datasets that have none of their own; all other groups train."""
    dealt: dict[str, SplitName] = {}
    # By its own folder, so that a part that comes later moves no photo of its place.
    for source, of_source in datasets.groupby(datasets["photo"].str.split("/").str[0], sort=True):
        wanted: dict[SplitName, float] = {"test": params.test_share, "val": params.val_share}
        shares = [(name, share) for name, share in wanted.items() if not (of_source["official_split"] == name).any()]
        free = of_source[~of_source["group"].isin(list(official))]
        for class_id, of_class in free.groupby("class_id", sort=True):
            dealt |= _deal(of_class["group"], shares, salt=f"{params.seed}/{source}/{class_id}")
    return dealt


def _last_by_group(rows: pd.DataFrame, splits: "pd.Series[str]", order: Sequence[SplitName]) -> dict[str, SplitName]:
    """By group, the last split of ``order`` that one of its photos has."""
    return {group: name for name in order for group in rows.loc[splits == name, "group"]}


def _split_of(group: str, own: str, official: dict[str, SplitName], dealt: dict[str, SplitName]) -> str:
    if own == "test":
        return "test"
    if group in official:
        return own if own == official[group] else "leaks"
    return dealt.get(group, "train")


def _place(photo: str, params: SplitParams) -> SplitName:
    """The split of a photo's case, which has a folder of its own in an export; it never changes."""
    place = int(sha256_hex(f"{params.seed}/{photo.rpartition('/')[0]}".encode())[:12], 16) / 16**12
    if place < params.test_share:
        return "test"
    return "val" if place < params.test_share + params.val_share else "train"


def _deal(groups: "pd.Series[str]", shares: list[tuple[SplitName, float]], *, salt: str) -> dict[str, SplitName]:
    """Give whole groups of one class to the splits in turn until each has its share of photos."""
    sizes = Counter(groups)
    waiting = sorted(sizes, key=lambda group: sha256_hex(f"{salt}/{group}".encode()))
    dealt: dict[str, SplitName] = {}
    for name, share in shares:
        wanted = share * len(groups)
        have = 0
        for group in list(waiting):
            if have >= wanted or len(waiting) == 1:
                break  # the last group trains, or the model would not know the class at all
            if have + sizes[group] <= max(wanted * _OVERSHOOT, 1):
                dealt[group] = name
                waiting.remove(group)
                have += sizes[group]
    return dealt
