"""``majani-admin evidence``: signed counts for whoever makes the next bundle, without a photo."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from majani.decision.diagnoser import Diagnoser
from majani.errors import MajaniError
from majani.model.bundle import read_bundle
from majani.model.evidence import Evidence
from majani.model.head_file import read_head
from serving.cases.photo_store import PhotoStore
from serving.cli.context import be_modest, opened_database, read_settings
from serving.clock import now
from serving.districts import BoundariesError, read_boundaries
from serving.persistence.reviews import Reviews
from serving.review.evidence import count_right


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("key_file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--bundle", "folder", type=click.Path(path_type=Path), help="Ask this one instead of the running bundle.")
@with_appcontext
def evidence(target: Path, key_file: Path, folder: Path | None) -> None:
    """Ask the bundle about the cases kept for tests, and write counts, signed with the key in KEY_FILE, to TARGET."""
    settings = read_settings()
    if settings.test_cases_from is None:
        raise click.ClickException("no case is kept for tests: set MAJANI_TEST_CASES_FROM")
    be_modest()
    try:
        boundaries = read_boundaries(settings.boundaries, settings.boundaries_name)
        bundle = read_bundle(folder or settings.bundle)
        if bundle.head is None or bundle.manifest.adapted_to is not None:
            raise click.ClickException("a bundle of an older schema, or of one district, proves nothing elsewhere")
        with opened_database() as engine:
            reviewed = Reviews(engine).reviewed_cases()
        cases = [case for case in reviewed if case.is_for_tests(settings.test_cases_from)]
        photos, head = PhotoStore(settings.photos_url), read_head(bundle.head).head
        counts = count_right(cases, photos, Diagnoser(bundle), head, boundaries)
        made = Evidence(bundle=bundle.manifest.version, counted_on=now().date().isoformat(), counts=counts)
        signed = made.signed(key_file.read_text(encoding="ascii").strip())
        target.write_text(signed.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except (MajaniError, BoundariesError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"In {target}: {sum(one.said for one in counts)} answers to {len(cases)} cases.")
