"""Stage ``promote``: the candidate becomes ``models/current``, with its card, if the gate says so.

The former bundle stays beside it for :mod:`training.release.rollback`. A bundle that somebody took back is not
promoted again, and one that the gate has not judged is not promoted at all.
"""

from pathlib import Path

import pandas as pd

from majani.model.bundle import read_bundle
from training.bundle.model_card import model_card
from training.model.seen_photos import learned_from, read_learned
from training.model.warm_start import keep_network
from training.release.registry import is_taken_back, put_in_place
from training.report.figures import CURRENT_DIR, EVALUATION_FILE, read_figures
from training.settings import read_params
from training.sources.description import SOURCES_DIR, read_sources, read_taxonomy
from training.stages.calibrate import CANDIDATE_DIR
from training.stages.curate import PHOTOS_FILE
from training.stages.gate import GATE_FILE, Verdict
from training.stages.split import SPLITS_FILE
from training.stages.train import CLASSES_FILE, NETWORK_FILE


class OtherCandidateError(Exception):
    """The candidate is not the bundle that the gate has judged."""


def promote(verdict: Verdict, *, candidate: Path, current: Path) -> bool:
    """Replace the running bundle, or leave it alone.

    Args:
        verdict: The gate's.
        candidate: Folder of the bundle that it has to speak of.
        current: Folder of the running bundle, perhaps not yet there.

    Returns:
        Whether it was replaced.

    Raises:
        BundleError: If the candidate cannot be trusted.
        OtherCandidateError: If the verdict speaks of another one; then nothing is changed.
    """
    if verdict.decision == "keep" or is_taken_back(verdict.candidate):
        return False
    bundle = read_bundle(candidate)
    if bundle.manifest.version != verdict.candidate:
        raise OtherCandidateError(
            f"{candidate} holds {bundle.manifest.version}, but {GATE_FILE} speaks of {verdict.candidate}; "
            "`dvc repro gate` judges what is there"
        )
    card = model_card(
        bundle.manifest,
        figures=read_figures(EVALUATION_FILE),
        sources=read_sources(SOURCES_DIR, read_taxonomy()),
        photos=pd.read_csv(SPLITS_FILE, keep_default_na=False),
    )
    put_in_place(bundle, card, current=current, reason=verdict.reason)
    return True


def main() -> None:
    """Run the stage."""
    verdict = Verdict.model_validate_json(GATE_FILE.read_bytes())
    replaced = promote(verdict, candidate=CANDIDATE_DIR, current=CURRENT_DIR)
    if replaced and NETWORK_FILE.exists():
        start_from = read_params().train.start_from
        curated, splits = (pd.read_csv(path, keep_default_na=False) for path in (PHOTOS_FILE, SPLITS_FILE))
        keep_network(
            verdict.candidate,
            network=NETWORK_FILE,
            classes=CLASSES_FILE,
            learned=learned_from(curated, splits) | read_learned(start_from),
            # What it began with too: this stage may be run again.
            kept={one for one in (verdict.incumbent, start_from) if one is not None},
        )
    taken_back = "" if replaced or verdict.decision == "keep" else ", but it was taken back"
    print(f"promote: {'replaced' if replaced else 'kept'} {CURRENT_DIR}: {verdict.reason}{taken_back}")


if __name__ == "__main__":
    main()
