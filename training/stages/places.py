"""Stage ``places``: what grades are worth in places left out, each answered by numbers that were fitted without it."""

from majani.decision.grades import Grade
from majani.model.bundle import read_bundle
from training.artifacts.embeddings import read_embeddings
from training.artifacts.files import ANSWERS_FILE, CANDIDATE_DIR, EMBEDDINGS_FILE, PLACES_FILE
from training.bundle.build import validated
from training.calibration.rules import by_source, cases_of
from training.places.answer_table import places_in, read_answers
from training.places.graded import graded_table
from training.places.rows import PlaceTable
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    params = read_params().calibrate
    bundle = read_bundle(CANDIDATE_DIR)
    home = cases_of(by_source(*validated(bundle, read_embeddings(EMBEDDINGS_FILE), params)))
    everything = places_in(read_answers(ANSWERS_FILE))
    table = PlaceTable(graded=graded_table(everything, home, params, reject=bundle.manifest.rules.reject))
    PLACES_FILE.parent.mkdir(parents=True, exist_ok=True)
    PLACES_FILE.write_text(table.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for row in table.crops():
        print(f"{row.crop:14} places {row.places} first {row.first:5.1f} list {row.listed:5.1f}")
    for grade, given in table.graded.grades.items():
        print(f"{Grade(grade).value:14} {given.share:5.1f} %, right {given.right}")
