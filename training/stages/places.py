"""Stage ``places``: what the rules say of places left out, each answered by rules that were fitted without it."""

from majani.errors import BundleError
from majani.model.bundle import read_bundle
from training.artifacts.files import ANSWERS_FILE, CANDIDATE_DIR, PLACES_FILE, refusing
from training.places.answer_table import places_in, read_answers
from training.places.graded import graded_table
from training.places.table import place_table
from training.settings import read_params


@refusing("places", BundleError)
def main() -> None:
    """Run the stage."""
    params = read_params()
    reject = read_bundle(CANDIDATE_DIR).manifest.rules.thresholds.reject
    everything = places_in(read_answers(ANSWERS_FILE))
    table = place_table(everything, params.calibrate, reject=reject)
    graded = graded_table(everything, reject=reject, seed=params.calibrate.seed)
    table = table.model_copy(update={"graded": graded})
    PLACES_FILE.parent.mkdir(parents=True, exist_ok=True)
    PLACES_FILE.write_text(table.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for row in table.rows:
        print(f"{row.place:32} {row.kind:10} {row.situation or 'one_photo':26} n {row.n:5} named {row.named:5.1f}")
