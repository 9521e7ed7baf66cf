"""Leave-one-out runs: predictions for families of negatives and crops that the model was not trained on.

    python -m training.evaluation.leave_out

Each run of ``params.yaml`` trains a model like the shipped one for a shorter time without some families and crops,
exports and calibrates it, and predicts the photos that were left out. Several are left out at once: that saves
trainings, and makes refusing harder, because fewer kinds of negatives remain. Writes figures to
``reports/figures.json`` and the comparison of scores to ``reports/leave_out.csv``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score

from majani.decision.rules import Outcome, decide
from majani.model.bundle import Bundle
from majani.model.predictor import Predictor
from majani.taxonomy import REJECT_CLASSES
from training.artifacts import read_splits, sound_field_photos
from training.bundle.build import build_bundle
from training.bundle.inference import model_output, read_photos
from training.calibration.probabilities import ModelOutput
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure, listing, record
from training.fit.trainer import TrainingRun, fit
from training.settings import Params, TrainParams, read_params

SCORES_FILE = Path("reports/leave_out.csv")
COMMAND = "python -m training.evaluation.leave_out"
_ACCEPTED = 0.95


def left_out(photos: pd.DataFrame, names: Sequence[str]) -> "pd.Series[bool]":
    """Which photos belong to a source, a crop or a condition of these names."""
    crops = photos["class_id"].str.partition(".")[0]
    return photos["source"].isin(names) | crops.isin(names) | photos["class_id"].isin(names)


def train_without(names: Sequence[str], params: Params) -> Bundle:
    """A calibrated bundle of a model that has not seen these sources and crops; resumed after a kill."""
    own = params.leave_out.model_dump(include={"phases", "photos_per_epoch", "ema_decay"})
    # A network to start from has seen them.
    short = TrainParams.model_validate({**params.train.model_dump(), **own, "start_from": None})
    train, val = (_without(read_splits(split), names) for split in ("train", "val"))
    run = TrainingRun.of(train, val, short)
    export = params.export.model_copy(update={"side_px": params.leave_out.side_px})
    return build_bundle(fit(run), run.classes, train=run.train, val=run.val, export=export, params=params.calibrate)


def _without(photos: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Photos of one split without these sources and crops, and without what looks like one of theirs."""
    alike = photos.loc[left_out(photos, names), "group"]
    return photos[~photos["group"].isin(alike)].reset_index(drop=True)


@dataclass(frozen=True)
class BundleOutput:
    """Probabilities ``(N, C)`` float32 for photos, and the network's raw output that they were made from."""

    probabilities: npt.NDArray[np.float32]
    raw: ModelOutput

    def scores(self) -> dict[str, npt.NDArray[np.float64]]:
        """Candidate scores for refusing: by name, ``(N,)`` each, higher for stranger photos."""
        rejects = len(REJECT_CLASSES)
        probabilities, logits = self.probabilities.astype(np.float64), self.raw.logits.astype(np.float64)
        energy = -logsumexp(logits[:, :-rejects], axis=1)
        return {
            "reject_mass": probabilities[:, -rejects:].sum(axis=1),
            "learned_rejects": logsumexp(logits[:, -rejects:], axis=1) + energy,
            "no_condition": 1 - probabilities[:, :-rejects].max(axis=1),
            "evidence": -self.raw.max_logit(),
            "energy": energy,
        }


def predict(bundle: Bundle, photos: pd.DataFrame, *, title: str) -> BundleOutput:
    """Run a bundle over photos."""
    predictor = Predictor(bundle, threads=2)
    rows = [predictor.predict(pixels) for pixels in read_photos(list(photos["photo"]), title)]
    return BundleOutput(
        np.stack([row.probabilities for row in rows]), ModelOutput.concatenate([model_output(row) for row in rows])
    )


def refused(known: npt.NDArray[np.float64], unseen: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which unseen photos a score refuses at the limit that accepts 95 % of the known ones."""
    return np.asarray(unseen > np.quantile(known, _ACCEPTED))


def crop_figures(decisions: pd.DataFrame, crop: str, make: FigureMaker) -> dict[str, Figure]:
    """How photos of a crop that the model does not know are answered."""
    is_refused = decisions["outcome"].isin((Outcome.UNKNOWN_PLANT, Outcome.NOT_A_PLANT))
    kinds = (
        ("confident_wrong", "answered with a condition", decisions["is_named"]),
        ("refused", "refused", is_refused),
        ("uncertain", "answered as uncertain", decisions["outcome"] == Outcome.UNCERTAIN),
    )
    return {
        f"left_out.{crop}.{kind}": make.share(f"{crop} left out: {words}", counted, decisions["group"])
        for kind, words, counted in kinds
    }


def examine(names: Sequence[str], params: Params) -> tuple[dict[str, Figure], list[dict[str, object]]]:
    """One run: train without these sources and crops, then predict them.

    Returns:
        Figures, and one row per left-out name and score: area under the ROC curve, share refused at 95 % accepted.
    """
    bundle = train_without(names, params)
    photos = read_splits("train", "val", "test")
    make = FigureMaker(bundle, params.evaluate, command=COMMAND)
    unseen = photos[left_out(photos, names)].reset_index(drop=True)
    test = _without(read_splits("test"), names)
    good = sound_field_photos(test)
    good = good[~good["class_id"].isin(REJECT_CLASSES)]
    known = predict(bundle, good, title="known").scores()
    output = predict(bundle, unseen, title="left out")
    scores = output.scores()
    decisions = [decide(row, manifest=bundle.manifest) for row in output.probabilities]
    unseen = unseen.assign(
        outcome=[one.outcome for one in decisions], is_named=[one.condition is not None for one in decisions]
    )
    figures: dict[str, Figure] = {}
    rows: list[dict[str, object]] = []
    for name in names:
        here = left_out(unseen, [name]).to_numpy()
        # Some sources have the name of the crop that they show.
        if not unseen["class_id"].str.startswith(f"{name}.").any():
            which = refused(known[params.leave_out.score], scores[params.leave_out.score][here])
            title = f"{name} left out: refused, where 95 % of good field photos are accepted"
            figures[f"left_out.{name}.refused"] = make.share(title, which, unseen["group"][here])
        else:
            figures |= crop_figures(unseen[here], name, make)
        rows += [_compared(name, score, known[score], scores[score][here]) for score in scores]
    # The models are thrown away, so no published figure may name them.
    return {key: figure.of_no_bundle() for key, figure in figures.items()}, rows


def _compared(
    name: str, score: str, known: npt.NDArray[np.float64], unseen: npt.NDArray[np.float64]
) -> dict[str, object]:
    truth = np.concatenate([np.zeros(len(known)), np.ones(len(unseen))])
    area = float(roc_auc_score(truth, np.concatenate([known, unseen])))
    share = float(refused(known, unseen).mean())
    return {"left_out": name, "score": score, "photos": len(unseen), "auroc": area, "refused_at_95": share}


def main() -> None:
    """Train and examine every run."""
    params = read_params()
    figures: dict[str, Figure] = {}
    rows: list[dict[str, object]] = []
    for names in params.leave_out.runs:
        figures_of_run, rows_of_run = examine(names, params)
        figures |= figures_of_run
        rows += rows_of_run
    SCORES_FILE.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).round(4).to_csv(SCORES_FILE, index=False)
    record(figures)
    print(pd.DataFrame(rows).round(3).to_string(index=False))
    print(listing(figures))


if __name__ == "__main__":
    main()
