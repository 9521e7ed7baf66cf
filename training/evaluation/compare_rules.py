"""What an edit of a manifest changes, on validation photos.

    python -m training.evaluation.compare_rules models/current /path/to/edited

Thresholds are data: copy the bundle's directory, edit ``rules`` in its ``manifest.json``, run this, and look at what
the edit does before anyone is answered by it. Test photos are not read, so an edit cannot be tuned to them.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from majani.errors import BundleError
from majani.model.bundle import read_bundle
from training.artifacts import SplitsMissingError, is_sound_field, read_splits
from training.bundle.inference import answer
from training.evaluation.metrics import predictions


def changes(photos: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Per true class: photos, how many are answered, and how many of these answers are right, before and after.

    Returns:
        One row per class whose answers changed, and a last row ``all`` over all photos.
    """
    truth = photos["class_id"].to_numpy()
    counted = pd.DataFrame({"class": truth})
    for name, decided in (("before", before), ("after", after)):
        counted[f"answered_{name}"] = decided["condition"].to_numpy() != ""
        counted[f"right_{name}"] = decided["condition"].to_numpy() == truth
    table = counted.groupby("class").sum()
    table.insert(0, "photos", counted.groupby("class").size())
    decision = ["condition", "outcome"]
    changed = (before[decision].to_numpy() != after[decision].to_numpy()).any(axis=1)
    return pd.concat([table[table.index.isin(truth[changed])], table.sum().to_frame("all").T])


def main() -> int:
    """Compare two bundles; exit status 1 if a manifest is not valid, or there are no photos."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.compare_rules", description="What edited rules change."
    )
    parser.add_argument("before", type=Path, help="directory of a bundle")
    parser.add_argument("after", type=Path, help="directory of the same bundle with edited rules")
    arguments = parser.parse_args()
    try:
        bundles = [read_bundle(directory) for directory in (arguments.before, arguments.after)]
        val = read_splits("val")
    except (BundleError, SplitsMissingError) as error:
        print(f"compare_rules: {error}", file=sys.stderr)
        return 1
    known = {entry.id for entry in bundles[0].manifest.classes}
    photos = val[val["class_id"].isin(known) & is_sound_field(val)].reset_index(drop=True)
    before, after = (
        predictions(bundle, answer(bundle, list(photos["photo"]), title=name), photos)
        for bundle, name in zip(bundles, ("before", "after"), strict=True)
    )
    print(changes(photos, before, after).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
