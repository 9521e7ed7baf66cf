"""Stage ``promote``: the candidate becomes ``models/current``, with its card, if the gate says so.

``majani-train promote --because "its promises hold in places left out"`` promotes by hand what the gate
found no better, but nowhere worse.
"""

import click

from majani.errors import BundleError
from training.artifacts.files import (
    ANSWERS_FILE,
    CANDIDATE_DIR,
    CLASSES_FILE,
    CURRENT_DIR,
    GATE_FILE,
    NETWORK_FILE,
    PHOTOS_FILE,
    SPLITS_FILE,
    learned_under,
    read_table,
    refusing,
)
from training.places.answer_table import read_answers, without_cases, write_answers
from training.release.gate import Verdict
from training.release.promotion import OtherCandidateError, promote
from training.settings import Params, read_params
from training.warm_start.kept_networks import keep_network, learned_photos_of, places_file, read_learned_photos
from training.warm_start.repository import WarmStartError
from training.warm_start.writing import write_warm_start


@click.command()
@click.option("--because", help="What speaks for a candidate that is nowhere worse; is kept with it.")
@refusing("promote", BundleError, OtherCandidateError, WarmStartError)
def main(because: str | None) -> None:
    """Make the candidate models/current, if the gate says so or something else speaks for it."""
    verdict = Verdict.model_validate_json(GATE_FILE.read_bytes())
    replaced = promote(verdict, candidate=CANDIDATE_DIR, current=CURRENT_DIR, because=because)
    if replaced and NETWORK_FILE.exists():
        params = read_params()
        start_from = params.train.start_from
        keep_network(
            verdict.candidate,
            network=NETWORK_FILE,
            classes=CLASSES_FILE,
            learned=_newly_learned(params) | read_learned_photos(start_from),
            # The network it started from too: this stage may run again.
            wanted={version for version in (verdict.champion, start_from) if version is not None},
        )
        write_answers(without_cases(read_answers(ANSWERS_FILE)), places_file(verdict.candidate))
        write_warm_start(verdict.candidate)
    taken_back = "" if replaced or verdict.decision == "keep" else ", but it was taken back"
    print(f"promote: {'replaced' if replaced else 'kept'} {CURRENT_DIR}: {because or verdict.reason}{taken_back}")


def _newly_learned(params: Params) -> frozenset[str]:
    """Photos that this round's network has learned: none where only the head was fitted anew."""
    if not params.train.learns:
        return frozenset()
    return frozenset(
        learned_photos_of(read_table(PHOTOS_FILE), learned_under(read_table(SPLITS_FILE), params.train.terms))
    )
