"""What a bundle makes of photos that its network never saw and its head did not learn: each source of outliers.

The head is fitted anew without a source before it is asked about it; thresholds are the bundle's own.
"""

from collections.abc import Iterator

from majani.decision.rules import Outcome
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
    bundle: Bundle, seen: EmbeddingTable, params: CalibrateParams, make: FigureMaker
) -> Iterator[tuple[str, Figure]]:
    """How often each source of outliers is refused, named or sent back by a head that has not learned from it."""
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    is_outlier = seen.rows["split"] == OUTLIER
    for source in sorted(seen.rows.loc[is_outlier, "source"].unique()):
        asked = is_outlier & (seen.rows["source"] == source)
        head, photos = fit_calibrated_head(seen.where(~asked), class_ids, params), seen.where(asked)
        rows = predictions(bundle, head.answers(photos.embeddings), photos.rows)
        for key, words, told in (
            ("refused", "refused", rows["outcome"].isin(REJECT_CLASSES)),
            ("named", "named as a condition", rows["condition"] != ""),
            ("sent_back", "sent back for a better photo", rows["outcome"] == Outcome.RETAKE.value),
        ):
            yield f"outliers.{source}.{key}", make.share(f"{source}, never seen: {words}", told, rows["group"])
