"""Stage ``places``: what the rules say of places left out, each answered by rules that were fitted without it."""

from majani.errors import BundleError
from majani.model.bundle import read_bundle
from training.artifacts.files import CANDIDATE_DIR, PLACES_FILE, refusing
from training.places.answers import RunsMissingError, all_left_out
from training.places.table import place_table
from training.settings import read_params
from training.warm_start.repository import WarmStartError


@refusing("places", BundleError, RunsMissingError, WarmStartError)
def main() -> None:
    """Run the stage."""
    params = read_params()
    reject = read_bundle(CANDIDATE_DIR).manifest.rules.thresholds.reject
    table = place_table(list(all_left_out(params)), params.calibrate, reject=reject)
    PLACES_FILE.parent.mkdir(parents=True, exist_ok=True)
    PLACES_FILE.write_text(table.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for row in table.rows:
        print(f"{row.place:32} {row.kind:10} {row.situation or 'one_photo':26} n {row.n:5} named {row.named:5.1f}")
