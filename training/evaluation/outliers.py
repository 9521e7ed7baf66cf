"""What a bundle makes of photos that its network never saw and its head did not learn: each source of outliers.

The head is fitted anew without a source before it is asked about it; rules are the bundle's own.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from majani.decision.grades import Grade
from majani.decision.rules import Outcome, apply_crop_hint, decide
from majani.model.bundle import Bundle
from majani.taxonomy import REJECT_CLASSES
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import OUTLIER
from training.calibration.head import fit_calibrated_head
from training.evaluation.figure_maker import FigureMaker
from training.evaluation.metrics import predictions
from training.figures import Figure
from training.settings import CalibrateParams


def outlier_figures(
    bundle: Bundle,
    seen: EmbeddingTable,
    params: CalibrateParams,
    make: FigureMaker,
    *,
    mistaken_for: Mapping[str, Sequence[str]],
) -> Iterator[tuple[str, Figure]]:
    """How often each source of outliers is refused, named or sent back by a head that has not learned from it.

    And how often something is said of a crop that the sender has named by mistake, and nobody asks whether it is that.
    """
    manifest = bundle.manifest
    crops = {crop.id for crop in manifest.crops}
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    is_outlier = seen.rows["split"] == OUTLIER
    for source in sorted(seen.rows.loc[is_outlier, "source"].unique()):
        asked = is_outlier & (seen.rows["source"] == source)
        head, photos = fit_calibrated_head(seen.where(~asked), class_ids, params), seen.where(asked)
        answers = head.answers(photos.embeddings)
        rows = predictions(bundle, answers, photos.rows)
        for key, words, told in (
            ("refused", "refused", rows["outcome"].isin(REJECT_CLASSES)),
            ("named", "named as a condition", rows["condition"] != ""),
            ("sent_back", "sent back for a better photo", rows["outcome"] == Outcome.RETAKE.value),
        ):
            yield f"outliers.{source}.{key}", make.share(f"{source}, never seen: {words}", told, rows["group"])
        for crop in sorted(crops & set(mistaken_for.get(source, ()))):
            decisions = [
                decide(
                    apply_crop_hint(belief, manifest=bundle.manifest, crop=crop), manifest=bundle.manifest, crop=crop
                )
                for belief in answers.probabilities
            ]
            said = np.array([decision.grade in (Grade.MOST_LIKELY, Grade.PROBABLY) for decision in decisions])
            words = f"{source}, never seen, sender names {crop}: a condition of it"
            yield f"outliers.{source}.as_{crop}", make.share(words, said, rows["group"])
