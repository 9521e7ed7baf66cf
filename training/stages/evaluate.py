"""Stage ``evaluate``: the candidate bundle on test photos; other bundles on demand."""

from pathlib import Path

import click

from majani.model.bundle import read_bundle
from training.artifacts import files
from training.artifacts.embeddings import read_embeddings
from training.evaluation.figure_maker import FigureMaker
from training.evaluation.metrics import answer_fp32, measure, precision_figures
from training.evaluation.outliers import outlier_figures
from training.figures import listing, write_figures
from training.settings import read_params

COMMAND = "dvc repro evaluate"


@click.command()
@click.option(
    "--bundle", "other", type=click.Path(path_type=Path), help="Print the figures of this one, and write nothing."
)
def main(other: Path | None) -> None:
    """Measure the candidate, or another bundle such as models/current, on test photos."""
    bundle = read_bundle(other or files.CANDIDATE_DIR)
    photos = files.read_splits("test")
    params = read_params()
    make = FigureMaker(bundle, params.evaluate, command=COMMAND)
    rows, figures = measure(bundle, photos, make)
    if other is None:
        files.PREDICTIONS_FILE.parent.mkdir(exist_ok=True)
        rows.to_csv(files.PREDICTIONS_FILE, index=False)
        figures |= precision_figures(bundle, rows, answer_fp32(bundle, photos), make)
        seen, mistaken = read_embeddings(files.EMBEDDINGS_FILE), params.evaluate.mistaken_for
        figures |= outlier_figures(bundle, seen, params.calibrate, make, mistaken_for=mistaken)
        write_figures(figures, files.EVALUATION_FILE)
    print(listing(figures))
