"""Reviewed cases as photos of the pipeline: which there are, what they show, and what is told of those left out."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from majani.taxonomy import Taxonomy
from training.reviews.agreement import ReviewerAgreement, labels, reviewer_agreements
from training.reviews.export import LeftOut, read_export
from training.settings import ReviewsParams


@dataclass(frozen=True)
class Reviewed:
    """The labelled photos of one source: class id by path below its folder, and what the report says about reviews."""

    photos: dict[Path, str]
    cases: int
    reviewers: tuple[ReviewerAgreement, ...]
    left_out: tuple[LeftOut, ...]

    def findings(self) -> dict[str, Any]:
        """For the report: counts, reviewers, and all that was left out by its reason."""
        by_code: defaultdict[str, list[str]] = defaultdict(list)
        for reason in self.left_out:
            by_code[reason.code.value].append(reason.what)
        return {
            "cases": self.cases,
            "labelled_cases": len({path.parent for path in self.photos}),
            "photos": dict(sorted(Counter(self.photos.values()).items())),
            "reviewers": [asdict(reviewer) for reviewer in self.reviewers],
            "left_out": {code: by_code[code] for code in sorted(by_code)},
        }


def read_reviewed(
    folder: Path, *, taxonomy: Taxonomy, elsewhere: Collection[str], params: ReviewsParams
) -> Reviewed | None:
    """The labelled photos of an export; None where there is no folder, because reviews are optional.

    Raises:
        ExportError: If the folder holds no export.
    """
    if not folder.is_dir():
        return None
    export = read_export(folder, taxonomy)
    reviewers = reviewer_agreements(export.reviews, params)
    trusted = {reviewer.reviewer for reviewer in reviewers if reviewer.is_trusted}
    of_case, left_out = labels(export, trusted=trusted, elsewhere=elsewhere, params=params)
    photos = {Path(photo.path): of_case[photo.case] for photo in export.photos if photo.case in of_case}
    return Reviewed(
        photos=dict(sorted(photos.items())),
        cases=len({photo.case for photo in export.photos}),
        reviewers=reviewers,
        left_out=(*export.left_out, *left_out),
    )
