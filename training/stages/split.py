"""Stage ``split``: deal out all usable photos to train, val and test."""

from typing import get_args

import pandas as pd

from training.artifacts import (
    PHOTOS_FILE,
    SOURCE_WEIGHTS_FILE,
    SPLITS_FILE,
    SplitName,
    WarmStartError,
    read_seen_photos,
    read_table,
    read_taxonomy,
    refusing,
    split_sizes,
)
from training.curation.partition import split
from training.settings import read_params
from training.sources.description import SOURCES_DIR, read_sources


@refusing("split", WarmStartError)
def main() -> None:
    """Run the stage."""
    sources = read_sources(SOURCES_DIR, read_taxonomy()).values()
    growing = {source.id for source in sources if source.is_reviewed}
    params = read_params()
    learned = read_seen_photos(params.train.start_from)
    rows = split(read_table(PHOTOS_FILE), params.split, growing=growing, learned=learned)
    SPLITS_FILE.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(SPLITS_FILE, index=False)
    # Training reads this table, so that it does not run again when another word of a description changes.
    weights = [(source.id, source.weight, source.is_reviewed) for source in sources]
    pd.DataFrame(weights, columns=["source", "weight", "is_reviewed"]).to_csv(SOURCE_WEIGHTS_FILE, index=False)
    counts = split_sizes(rows)
    print(counts.to_string())
    for source in sorted(set(counts.index[counts["train"] > 0]) - growing):
        if lacking := [name for name in get_args(SplitName) if not counts.loc[source, name]]:
            print(f"warning: no photo of {source} in {' or '.join(lacking)}: too few leaves or sessions to share out")


if __name__ == "__main__":
    main()
