"""Promotion of a candidate that passed the gate to ``models/current``, with its model card.

The former bundle stays for :func:`training.release.registry.roll_back`. A bundle that was rolled back is not
promoted again. A bundle that the gate has not judged is refused.
"""

from pathlib import Path

from majani.model.bundle import read_bundle
from training.artifacts.files import EVALUATION_FILE, GATE_FILE, PLACES_FILE, SPLITS_FILE, read_table, read_taxonomy
from training.figures import read_figures
from training.places.rows import PlaceTable
from training.release.gate import Verdict
from training.release.model_card import model_card
from training.release.registry import promote_bundle, version_of, was_rolled_back
from training.sources.description import SOURCES_DIR, read_sources


class OtherCandidateError(Exception):
    """The candidate, or the running bundle, is not the one that the gate has judged."""


def promote(verdict: Verdict, *, candidate: Path, current: Path, because: str | None = None) -> bool:
    """Replace the running bundle if the gate says so, or if it found nothing worse and there is a reason.

    The gate compares photos of places that were learned from. It cannot see that rules hold better elsewhere.

    Returns:
        Whether it was replaced.

    Raises:
        BundleError: If the candidate cannot be trusted.
        OtherCandidateError: If the verdict is about another bundle; then nothing is changed.
    """
    is_kept = verdict.decision == "keep" and (because is None or verdict.is_worse())
    if is_kept or was_rolled_back(verdict.candidate):
        return False
    bundle, running = read_bundle(candidate), version_of(current) or None
    if bundle.manifest.version != verdict.candidate or running not in (verdict.champion, verdict.candidate):
        raise OtherCandidateError(
            f"{candidate} holds {bundle.manifest.version} and {current} {running or 'nothing'}, but "
            f"{GATE_FILE} speaks of {verdict.candidate} and {verdict.champion}; "
            "`dvc repro --single-item --force gate` judges what is there"
        )
    pages = model_card(
        bundle.manifest,
        figures=read_figures(EVALUATION_FILE),
        places=PlaceTable.model_validate_json(PLACES_FILE.read_bytes()),
        sources=read_sources(SOURCES_DIR, read_taxonomy()),
        photos=read_table(SPLITS_FILE),
        promoted=f"the gate said {verdict.explanation()}" + (f"; by hand: {because}" if because else ""),
    )
    promote_bundle(bundle, pages, current=current, reason=because or verdict.reason)
    return True
