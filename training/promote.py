"""Stage ``promote``: the candidate becomes ``models/current``, with its card, if the gate says so.

The former bundle is not kept beside it: it is in the history of the repository, and ``git checkout`` brings it back.
"""

from pathlib import Path

import pandas as pd

from majani.bundle import CARD_FILE, read_bundle, write_bundle
from training.calibrate import CANDIDATE_DIR
from training.card import model_card
from training.figures import CURRENT_DIR, EVALUATION_FILE, read_figures
from training.gate import GATE_FILE, Verdict
from training.sources import SOURCES_DIR, read_sources, read_taxonomy
from training.split import SPLITS_FILE


def promote(verdict: Verdict, *, candidate: Path, current: Path) -> bool:
    """Replace the running bundle, or leave it alone.

    Returns:
        Whether it was replaced.

    Raises:
        BundleError: If the candidate cannot be trusted.
    """
    if verdict.decision == "keep":
        return False
    bundle = read_bundle(candidate)
    card = model_card(
        bundle.manifest,
        figures=read_figures(EVALUATION_FILE),
        sources=read_sources(SOURCES_DIR, read_taxonomy()),
        photos=pd.read_csv(SPLITS_FILE, keep_default_na=False),
    )
    write_bundle(bundle, current)
    (current / CARD_FILE).write_text(card, encoding="utf-8")
    return True


def main() -> None:
    """Run the stage."""
    verdict = Verdict.model_validate_json(GATE_FILE.read_bytes())
    replaced = promote(verdict, candidate=CANDIDATE_DIR, current=CURRENT_DIR)
    print(f"promote: {'replaced' if replaced else 'kept'} {CURRENT_DIR}: {verdict.reason}")


if __name__ == "__main__":
    main()
