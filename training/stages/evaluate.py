"""Stage ``evaluate``: the candidate bundle on test photos; other bundles on demand."""

import argparse
import sys
from pathlib import Path

from majani.errors import BundleError
from majani.model.bundle import read_bundle
from training.artifacts import (
    CANDIDATE_DIR,
    EMBEDDINGS_FILE,
    EVALUATION_FILE,
    PREDICTIONS_FILE,
    SplitsMissingError,
    read_splits,
)
from training.calibration.seen_photos import read_seen
from training.evaluation.figure_maker import FigureMaker
from training.evaluation.metrics import answer_fp32, measure, precision_figures
from training.evaluation.outliers import outlier_figures
from training.figures import listing, write_figures
from training.settings import read_params

COMMAND = "dvc repro evaluate"


def main() -> int:
    """Run the stage, or measure any bundle and write nothing; exit status 1 without a valid bundle or photos."""
    parser = argparse.ArgumentParser(prog="python -m training.stages.evaluate", description="A bundle on test photos.")
    parser.add_argument("--bundle", type=Path, help="print the figures of this one, such as models/current, and end")
    other = parser.parse_args().bundle
    try:
        bundle = read_bundle(other or CANDIDATE_DIR)
        photos = read_splits("test")
    except (BundleError, SplitsMissingError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    params = read_params()
    make = FigureMaker(bundle, params.evaluate, command=COMMAND)
    rows, figures = measure(bundle, photos, make)
    if other is None:
        PREDICTIONS_FILE.parent.mkdir(exist_ok=True)
        rows.to_csv(PREDICTIONS_FILE, index=False)
        figures |= precision_figures(bundle, rows, answer_fp32(bundle, photos), make)
        figures |= outlier_figures(bundle, read_seen(EMBEDDINGS_FILE), params.calibrate, make)
        write_figures(figures, EVALUATION_FILE)
    print(listing(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
