"""Stage ``promote``: the candidate becomes ``models/current``, with its card, if the gate says so.

``majani-train promote --because "its promises hold in places left out"`` promotes by hand what the gate
found no better, but nowhere worse. A bundle that was rolled back is not promoted again, and one that the gate has not
judged is refused.
"""

import click

from majani.errors import RefusedError
from majani.model.bundle import read_bundle
from training.artifacts import files
from training.figures import read_figures
from training.places.answer_table import read_answers, without_cases, write_answers
from training.places.rows import PlaceTable
from training.release.gate import Verdict
from training.release.model_card import model_card
from training.release.registry import promote_bundle, version_of, was_rolled_back
from training.settings import Params, read_params
from training.sources.description import SOURCES_DIR, read_sources
from training.warm_start.kept_networks import keep_network, learned_photos_of, places_file, read_learned_photos
from training.warm_start.writing import write_warm_start


class OtherCandidateError(RefusedError):
    """The candidate, or the running bundle, is not the one that the gate has judged."""


@click.command()
@click.option("--because", help="What speaks for a candidate that is nowhere worse; is kept with it.")
def main(because: str | None) -> None:
    """Make the candidate models/current, if the gate says so or something else speaks for it."""
    verdict = Verdict.model_validate_json(files.GATE_FILE.read_bytes())
    replaced = _promoted(verdict, because)
    if replaced and files.NETWORK_FILE.exists():
        params = read_params()
        start_from = params.train.start_from
        keep_network(
            verdict.candidate,
            network=files.NETWORK_FILE,
            classes=files.CLASSES_FILE,
            learned=_newly_learned(params) | read_learned_photos(start_from),
            # The network it started from too: this stage may run again.
            wanted={version for version in (verdict.champion, start_from) if version is not None},
        )
        write_answers(without_cases(read_answers(files.ANSWERS_FILE)), places_file(verdict.candidate))
        write_warm_start(verdict.candidate)
    taken_back = "" if replaced or verdict.decision == "keep" else ", but it was taken back"
    print(f"promote: {'replaced' if replaced else 'kept'} {files.CURRENT_DIR}: {because or verdict.reason}{taken_back}")


def _promoted(verdict: Verdict, because: str | None) -> bool:
    """Replace the running bundle if the gate says so, or if it found nothing worse and there is a reason.

    The gate compares photos of places that were learned from. It cannot see that rules hold better elsewhere.
    """
    is_kept = verdict.decision == "keep" and (because is None or verdict.is_worse())
    if is_kept or was_rolled_back(verdict.candidate):
        return False
    bundle, running = read_bundle(files.CANDIDATE_DIR), version_of(files.CURRENT_DIR) or None
    if bundle.manifest.version != verdict.candidate or running not in (verdict.champion, verdict.candidate):
        raise OtherCandidateError(
            f"{files.CANDIDATE_DIR} holds {bundle.manifest.version} and {files.CURRENT_DIR} {running or 'nothing'}, "
            f"but {files.GATE_FILE} speaks of {verdict.candidate} and {verdict.champion}; "
            "`dvc repro --single-item --force gate` judges what is there"
        )
    pages = model_card(
        bundle.manifest,
        figures=read_figures(files.EVALUATION_FILE),
        places=PlaceTable.model_validate_json(files.PLACES_FILE.read_bytes()),
        sources=read_sources(SOURCES_DIR, files.read_taxonomy()),
        photos=files.read_table(files.SPLITS_FILE),
        promoted=f"the gate said {verdict.explanation()}" + (f"; by hand: {because}" if because else ""),
    )
    promote_bundle(bundle, pages, current=files.CURRENT_DIR, reason=because or verdict.reason)
    return True


def _newly_learned(params: Params) -> frozenset[str]:
    """Photos that this round's network has learned: none where only the head was fitted anew."""
    if not params.train.learns:
        return frozenset()
    splits = files.learned_under(files.read_table(files.SPLITS_FILE), params.train.terms)
    return frozenset(learned_photos_of(files.read_table(files.PHOTOS_FILE), splits))
