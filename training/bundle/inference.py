"""Predictions of a bundle for many photos, one at a time, by the code that ships."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from majani.decision.rules import Decision, Outcome, apply_crop_hint, decide, is_sent_back
from majani.image.decode import Pixels, decode
from majani.image.quality import Quality, reasons_to_retake
from majani.model.bundle import Bundle
from majani.model.head import Answers, Floats
from majani.model.predictor import Predictor
from training.artifacts.files import MEASURED, RAW_DIR

# As many as torch is told, or as the smallest machine that trains has; the answers are the same with any number.
THREADS = int(os.environ.get("OMP_NUM_THREADS") or 2)


def answer(
    bundle: Bundle, photos: Sequence[str], *, title: str, change: Callable[[Pixels], Pixels] | None = None
) -> Answers:
    """Run a bundle over photos below ``data/raw`` as the service would, after a ``change`` of their pixels if given."""
    predictor = Predictor(bundle, threads=THREADS)
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    seen = read_photos(photos, title)
    rows = [predictor.predict(pixels).probabilities[None] for pixels in (map(change, seen) if change else seen)]
    return Answers(class_ids, np.concatenate([np.zeros((0, len(class_ids)), dtype=np.float32), *rows]))


def decided(bundle: Bundle, probabilities: Floats, photos: pd.DataFrame) -> list[Decision]:
    """What is decided about each photo alone, from ``(N, C)``; its sender names its crop, if the bundle knows that."""
    manifest = bundle.manifest
    known = {crop.id for crop in manifest.crops}
    crops = [crop if crop in known else None for crop in photos["class_id"].str.partition(".")[0]]
    return [
        decide(apply_crop_hint(belief, manifest=manifest, crop=crop), manifest=manifest, crop=crop)
        for belief, crop in zip(probabilities, crops, strict=True)
    ]


def not_sent_back(bundle: Bundle, decisions: Iterable[Decision], photos: pd.DataFrame) -> list[Decision | None]:
    """The decisions about photos with columns ``MEASURED``; None where the photo is sent back."""
    limits = bundle.manifest.rules.quality
    measured = (Quality(*row) for row in photos[list(MEASURED)].itertuples(index=False))
    return [
        None if is_sent_back(reasons_to_retake(quality, limits), decision.outcome) else decision
        for decision, quality in zip(decisions, measured, strict=True)
    ]


def named_by(decision: Decision) -> str | None:
    """The condition that is named, by id: "healthy" as most likely only."""
    return decision.ranked[0].id if decision.outcome in (Outcome.CONDITION, Outcome.HEALTHY) else None


def embed(bundle: Bundle, photos: Sequence[str], *, title: str) -> Floats:
    """Embeddings ``(N, D)`` of photos below ``data/raw``."""
    predictor = Predictor(bundle, threads=THREADS)
    rows = [predictor.predict(pixels).embedding for pixels in read_photos(photos, title)]
    return np.array(rows, dtype=np.float32).reshape(-1, bundle.manifest.model.embedding_size)


def read_photo(photo: str) -> Pixels:
    """The pixels of a photo below ``data/raw``."""
    return decode((RAW_DIR / photo).read_bytes())


def read_photos(photos: Sequence[str], title: str) -> Iterator[Pixels]:
    """One after the other, with a progress bar of that title."""
    return map(read_photo, tqdm(photos, desc=title, unit="photo"))
