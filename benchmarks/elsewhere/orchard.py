"""A bundle in an orchard of the mirror: what it says there, and what it says once it was adapted to it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from benchmarks.elsewhere.reviewed import draw
from majani.decision.diagnoser import Diagnoser, that_count
from majani.decision.diagnosis import Diagnosis, PhotoResult
from majani.image.decode import decode
from majani.image.quality import measure, reasons_to_retake
from majani.model.bundle import sha256_hex
from majani.model.predictor import Floats
from training.adaptation.adapt import District, adapt
from training.adaptation.measure import answers_of
from training.artifacts.embeddings import KEPT, EmbeddingTable
from training.evaluation.figure_maker import FigureMaker
from training.figures import Figure
from training.settings import Params
from training.stages.adapt import known

ORCHARD = "orchard_apple"
# The leaf phase of black rot is called frog eye leaf spot; what the model does not know has no class.
ORCHARD_CLASSES = {
    "scab": "apple.scab",
    "rust": "apple.cedar_apple_rust",
    "healthy": "apple.healthy",
    "frog_eye_leaf_spot": "apple.black_rot",
}
_CROP = "apple"
_SEEN = ("probabilities", "embedding")
# Photos of each condition that are reviewed there, and how often that is drawn.
REVIEWED, DRAWS = 10, 3
# In the words of a reader who is no statistician.
_TITLES = {
    "top1": "top-1",
    "told": "one condition or a set is said",
    "true_when_told": "what is said is true",
    "answered": "gets an answer",
    "right_when_answered": "that answer is right",
    "most_lost_elsewhere": "most lost elsewhere",
    "promoted": "promoted by the gate",
    "seconds": "time to adapt",
}


@dataclass(frozen=True)
class Answered:
    """What a bundle sees in the photos of one dataset.

    Attributes:
        rows: ``class_id`` (empty if unknown), ``group`` and ``source``.
        probabilities: ``(N, C)``.
        embeddings: ``(N, D)``.
        results: Of each photo, whether it was used.
    """

    rows: pd.DataFrame
    probabilities: Floats
    embeddings: Floats
    results: Sequence[PhotoResult]

    def where(self, mask: npt.NDArray[np.bool_]) -> "Answered":
        """The photos of a mask, numbered anew."""
        results = [result for result, wanted in zip(self.results, mask, strict=True) if wanted]
        return Answered(
            self.rows[mask].reset_index(drop=True), self.probabilities[mask], self.embeddings[mask], results
        )


def look(diagnoser: Diagnoser, folder: Path) -> Answered:
    """Answer every photo of the orchard."""
    files = sorted(folder.rglob("*.jpg"))
    rows, predictions, results = [], [], []
    for file in tqdm(files, desc=folder.name, unit="photo"):
        pixels = decode(file.read_bytes())
        retake = reasons_to_retake(measure(pixels), diagnoser.manifest.rules.quality)
        results.append(PhotoResult(used=not retake, retake=retake))
        predictions.append(diagnoser.predictor.predict(pixels))
        class_id = ORCHARD_CLASSES.get(file.parent.name, "")
        rows.append({"source": folder.name, "class_id": class_id, "group": str(file.relative_to(folder))})
    probabilities, embeddings = (np.stack([getattr(prediction, name) for prediction in predictions]) for name in _SEEN)
    return Answered(pd.DataFrame(rows), probabilities, embeddings, results)


def conclude(diagnoser: Diagnoser, seen: Answered, case: Sequence[int], crop: str | None) -> Diagnosis:
    """The answer to the photos at these positions, as the service gives it."""
    results = tuple(seen.results[index] for index in case)
    used = [seen.probabilities[case[at]] for at in that_count(results)]
    return diagnoser.conclude(used, photos=results, crop_hint=crop)


def orchard_figures(diagnoser: Diagnoser, orchard: Answered, make: FigureMaker) -> dict[str, Figure]:
    """What the orchard's four known conditions get, alone, and with the crop named."""
    nameable = orchard.where((orchard.rows["class_id"] != "").to_numpy())
    single = [(index,) for index in nameable.rows.index]
    figures: dict[str, Figure] = {}
    for key, title, cases, crop in (
        ("plain", "one photo", single, None),
        ("crop_named", "apple named", single, _CROP),
    ):
        said = [conclude(diagnoser, nameable, case, crop) for case in cases]
        truth = nameable.rows["class_id"].to_numpy()[[case[0] for case in cases]]
        best = np.array([text.ranked[0].id if text.ranked else "" for text in said])
        named = np.array([text.condition.id if text.condition else "" for text in said])
        groups = pd.Series([str(number) for number in range(len(cases))])
        prefix, words = f"orchard.{key}", f"apple orchard, {title}"
        figures[f"{prefix}.top1"] = make.share(f"{words}: top-1", best == truth, groups)
        answered = named != ""
        figures[f"{prefix}.answered"] = make.share(f"{words}: gets an answer", answered, groups)
        if answered.any():
            right = named[answered] == truth[answered]
            figures[f"{prefix}.right_when_answered"] = make.share(
                f"{words}: that answer is right", right, groups[answered]
            )
    unknown = orchard.where((orchard.rows["class_id"] == "").to_numpy())
    said = [conclude(diagnoser, unknown, (index,), None) for index in unknown.rows.index]
    named = np.array([text.condition is not None for text in said])
    title = "apple orchard, conditions that it does not know: named as another"
    return figures | {"orchard.unknown.named": make.share(title, named, unknown.rows["group"])}


def adapted_figures(diagnoser: Diagnoser, orchard: Answered, make: FigureMaker, params: Params) -> dict[str, Figure]:
    """The orchard after ten reviewed photos of each of its known conditions, mean of three draws; thrown away.

    With apple named; answered is what is named, or said to be probable.
    """
    kept, params = known(diagnoser.bundle, params)
    reviewed = _seen(orchard)
    totals: dict[str, list[float]] = {}
    photos: dict[str, list[int]] = {}
    for number in range(DRAWS):
        chosen = draw(reviewed.rows, REVIEWED, seed=params.adapt.seed + number)
        began = time.monotonic()
        made = adapt(diagnoser.bundle, kept, District(ORCHARD, reviewed.where(chosen)), params)
        totals.setdefault("seconds", []).append(time.monotonic() - began)
        rest = reviewed.where(~chosen)
        said = answers_of(made.bundle, rest)
        truth, named = said["class_id"].to_numpy(), said["named_after"].to_numpy()
        told, answered = said["listed_after"].map(len).to_numpy() > 0, named != ""
        true = np.array([class_id in ids for class_id, ids in zip(truth, said["listed_after"], strict=True)])
        everything = np.full(len(truth), fill_value=True)
        for key, hits, among in (
            ("top1", said["first_after"].to_numpy() == truth, everything),
            ("told", told, everything),
            ("true_when_told", true, told),
            ("answered", answered, everything),
            ("right_when_answered", named == truth, answered),
        ):
            # A draw after which nothing is said says nothing of how often that is right.
            if among.any():
                totals.setdefault(key, []).append(100 * float(hits[among].mean()))
                photos.setdefault(key, []).append(int(among.sum()))
        lost = max((row.champion - row.candidate for row in made.verdict.elsewhere), default=0.0)
        totals.setdefault("most_lost_elsewhere", []).append(lost)
        totals.setdefault("promoted", []).append(100.0 * (made.verdict.decision == "promote"))
    units = {"most_lost_elsewhere": "points", "seconds": "s"}
    return {
        f"orchard.adapted.{key}": make.number(
            f"apple orchard, apple named, after ten photos of each condition: {_TITLES[key]},"
            f" mean of {len(values)} of {DRAWS} draws",
            float(np.mean(values)),
            units.get(key, "%"),
            # The photos of one draw; what is no share of photos rests on the draws.
            n=round(np.mean(photos[key])) if key in photos else DRAWS,
            interval=(min(values), max(values)),
        ).model_copy(update={"is_range": True})
        for key, values in totals.items()
    }


def _seen(orchard: Answered) -> EmbeddingTable:
    """The photos of conditions that the bundle knows, as the splits' table describes photos."""
    names = orchard.rows["group"]
    rows = orchard.rows.assign(photo=names, sha256=names.map(lambda name: sha256_hex(name.encode())), domain="field")
    rows = rows.assign(doubt="", terms="open", split="", weight=0.0, side_px=256, luminance=100.0, sharpness=100.0)[
        list(KEPT)
    ]
    return EmbeddingTable(rows.assign(visit=""), orchard.embeddings).where(rows["class_id"] != "")
