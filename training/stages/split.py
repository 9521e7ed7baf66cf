"""Stage ``split``: deal out all usable photos to train, val and test."""

import itertools
from typing import get_args

import pandas as pd

from majani.taxonomy import Taxonomy
from training.artifacts import files
from training.curation.partition import split
from training.settings import PARAMS_FILE, Params, SettingsError, read_params
from training.sources.description import CATALOGUE_DIR, SOURCES_DIR, read_sources
from training.warm_start.kept_networks import read_learned_photos


def main() -> None:
    """Run the stage."""
    params, taxonomy = read_params(), files.read_taxonomy()
    sources = read_sources(SOURCES_DIR, taxonomy).values()
    _check_names(params, taxonomy)
    learned = read_learned_photos(params.train.start_from)
    rows = split(files.read_table(files.PHOTOS_FILE), params.split, learned=learned)
    files.SPLITS_FILE.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(files.SPLITS_FILE, index=False)
    # Training reads this table, so that it does not run again when another word of a description changes.
    weights = [(source.id, source.weight, source.is_reviewed) for source in sources]
    pd.DataFrame(weights, columns=["source", "weight", "is_reviewed"]).to_csv(files.SOURCE_WEIGHTS_FILE, index=False)
    counts = files.split_sizes(rows)
    print(counts.to_string())
    for source in sorted(set(counts.index[counts["train"] > 0]) - {files.REVIEWS_SOURCE}):
        if lacking := [name for name in get_args(files.SplitName) if not counts.loc[source, name]]:
            print(f"warning: no photo of {source} in {' or '.join(lacking)}: too few leaves or sessions to share out")


def _check_names(params: Params, taxonomy: Taxonomy) -> None:
    """Refuse misspelt names in the settings; nothing would come of them. A source may be described and not be here."""
    described = {path.stem for folder in (SOURCES_DIR, CATALOGUE_DIR) for path in folder.glob("*.yaml")}
    named = {*params.train.source_weights, params.stress_test.field_source}
    known = {*taxonomy.class_ids(), *(crop.id for crop in taxonomy.crops)}
    left_out = set(itertools.chain(*params.leave_out.runs)) - known
    if unknown := (named | left_out) - described:
        text = f"no source in {SOURCES_DIR} or {CATALOGUE_DIR}, and no crop or condition to leave out"
        raise SettingsError(f"{PARAMS_FILE}: {text}: {', '.join(sorted(unknown))}")
