"""Unsure answers that show no condition although one is likely enough, among photos that nothing was learned from.

    python -m benchmarks.unnamed [--every N]

The photos are the official test photos of all sources from ``MAJANI_MIRROR``, each with its crop named. "Likely enough"
is what the bundle demands of a member of a set or, for a crop without sets, of a line of a list. It only measures:
nothing may be chosen by it.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import MIN_LISTED_PROBABILITY, Diagnosis
from majani.decision.rules import Outcome
from majani.errors import PhotoError
from majani.model.bundle import Manifest
from training.artifacts.files import CURRENT_DIR, read_taxonomy
from training.sources.description import SOURCES_DIR, read_sources
from training.sources.listing import list_photos

_TEST = "test"


def test_photos(mirror: Path) -> Iterator[tuple[Path, str]]:
    """Each photo and its crop, in a fixed order."""
    for source in read_sources(SOURCES_DIR, read_taxonomy()).values():
        for photo in list_photos(source, mirror / source.id).photos:
            if photo.official_split == _TEST:
                yield mirror / source.id / photo.relative, photo.mapping.to.partition(".")[0]


def kind(diagnosis: Diagnosis, manifest: Manifest) -> str:
    """What an answer shows, in words of the table."""
    if diagnosis.outcome is not Outcome.UNCERTAIN:
        return diagnosis.outcome.value
    if diagnosis.contradicts_sender or len(diagnosis.crops_shown) > 1:
        return "unsure, asks which crop it is"
    if diagnosis.listed:
        return f"unsure, shows {len(diagnosis.listed)}"
    crop = diagnosis.crop_hint or ""
    rule = manifest.rules.of_case(photos=1, crop_named=True).sets.get(crop)
    mass = sum(named.probability for named in diagnosis.candidates)
    bound = MIN_LISTED_PROBABILITY if rule is None else rule.min_probability * mass
    is_likely = any(named.probability >= max(bound, MIN_LISTED_PROBABILITY) for named in diagnosis.candidates)
    return "unsure, HIDES a likely one" if is_likely else "unsure, none is likely"


def main() -> None:
    """Count, and fail if one hides."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unnamed", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="look at every N-th photo only")
    every: int = parser.parse_args().every
    diagnoser = Diagnoser.from_directory(CURRENT_DIR)
    known = {crop.id for crop in diagnoser.manifest.crops}
    found: Counter[str] = Counter()
    photos = [one for one in test_photos(Path(os.environ["MAJANI_MIRROR"])) if one[1] in known]
    for photo, crop in photos[::every]:
        try:
            found[kind(diagnoser.diagnose(photo, crop), diagnoser.manifest)] += 1
        except PhotoError as error:
            found[error.code] += 1
    click.echo(f"{sum(found.values())} photos, bundle {diagnoser.manifest.version}")
    click.echo("\n".join(f"{count:5}  {what}" for what, count in found.most_common()))
    raise SystemExit(found["unsure, HIDES a likely one"] > 0)


if __name__ == "__main__":
    main()
