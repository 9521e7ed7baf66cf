"""What became of the photos of each dataset, for the person who put them there."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from majani.taxonomy import HEALTHY, REJECT_CLASSES
from training.sources.description import SOURCES_DIR
from training.sources.listing import Listing


def count_photos(listings: Mapping[str, Listing], rows: pd.DataFrame) -> pd.DataFrame:
    """By dataset: photos ``found``, ``used``, and left out by reason."""
    problems = rows["problem"].where(~rows["problem"].str.startswith("photo_"), "unreadable").replace("", "used")
    counts: dict[str, Counter[str]] = {source: Counter(found=0, used=0) for source in listings}
    for source, listing in listings.items():
        counts[source].update(problems[rows["photo"].str.startswith(f"{source}/")])
        for (reason, _), photos in listing.skipped.items():
            counts[source][reason.value] += photos
        counts[source]["found"] = counts[source].total()
    return pd.DataFrame.from_dict(counts, orient="index").fillna(0).astype(int)


def notes(listings: Mapping[str, Listing], rows: pd.DataFrame) -> Iterator[str]:
    """Folders and labels that no description names, crops without a healthy leaf, and how many sources are away."""
    for source, listing in listings.items():
        for (reason, what), photos in sorted(listing.skipped.items()):
            if what:
                yield f"{SOURCES_DIR / source}.yaml: {reason.value}: {what} ({photos} photos)"
    shown = set(rows["class_id"][rows["problem"] == ""]) - set(REJECT_CLASSES)
    for crop, conditions in pd.Series(sorted(shown), index=sorted(shown)).groupby(lambda name: name.split(".")[0]):
        if f"{crop}.{HEALTHY}" not in shown:
            yield f"warning: no healthy {crop} is shown: every leaf of it may become {' or '.join(conditions)}"
    if away := sum(not listing.photos and not listing.skipped for listing in listings.values()):
        yield f"{away} sources have no photos here; findings.json is of the others"
