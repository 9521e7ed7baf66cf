"""Stage ``stress_test``: what top-1 on sound test photos does not say of the candidate."""

from majani.model.bundle import read_bundle
from training.artifacts import files
from training.evaluation import stress
from training.evaluation.figure_maker import FigureMaker
from training.figures import listing, write_figures
from training.settings import read_params

COMMAND = "dvc repro stress_test"


def main() -> None:
    """Run the stage."""
    params = read_params().stress_test
    bundle = read_bundle(files.CANDIDATE_DIR)
    make = FigureMaker(bundle, params, command=COMMAND)
    test = files.read_splits("test")
    photos = test[files.is_sound_crop(test) & test["domain"].isin(files.FIELD_DOMAINS)]
    chosen = photos.sample(min(params.photos, len(photos)), random_state=params.seed).reset_index(drop=True)
    results = list(stress.predict_corrupted(bundle, chosen, params)) if len(chosen) else []
    figures = dict(stress.corruption_figures(results, make)) if results else {}
    write_figures(figures, files.STRESS_TEST_FILE)
    files.PLOTS_DIR.mkdir(parents=True, exist_ok=True)
    stress.corruption_table(results, figures).to_csv(files.CORRUPTION_FILE, index=False)
    print(listing(figures))
