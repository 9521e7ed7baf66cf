"""Stage ``gate``: may the candidate replace the running bundle?

``models/current`` is read, but is no dependency of the stage in ``dvc.yaml``: the stage ``promote`` writes it.
"""

import json
from collections.abc import Collection
from functools import partial

import pandas as pd

from majani.model.bundle import MANIFEST_FILE, Bundle, read_bundle
from training.artifacts import CANDIDATE_DIR, CURRENT_DIR, GATE_FILE, PREDICTIONS_FILE, read_table
from training.bundle.inference import answer
from training.evaluation.corruption import corrupt
from training.evaluation.metrics import predictions
from training.release.gate import Outcomes, Verdict, judge
from training.settings import read_params


def _from_twice_as_far(rows: pd.DataFrame, sources: Collection[str]) -> pd.DataFrame:
    """The test photos of these sources once more, each source under another name."""
    far = rows[rows["source"].isin(sources)].reset_index(drop=True)
    return far.assign(source=far["source"] + ", twice as far")


def _predict(bundle: Bundle, photos: pd.DataFrame, *, is_far: bool = False) -> pd.DataFrame:
    step_back = partial(corrupt, name="zoom_out", severity=2, seed=0) if is_far else None
    return predictions(bundle, answer(bundle, list(photos["photo"]), title="gate", change=step_back), photos)


def main() -> None:
    """Run the stage."""
    params = read_params().gate
    candidate = read_bundle(CANDIDATE_DIR)
    if not (CURRENT_DIR / MANIFEST_FILE).exists():
        verdict = Verdict(
            decision="promote", reason="no bundle is running", candidate=candidate.manifest.version, champion=None
        )
    else:
        running = read_bundle(CURRENT_DIR)
        near = read_table(PREDICTIONS_FILE)
        far = _from_twice_as_far(near, params.far_targets)
        rows = pd.concat([near, _predict(candidate, far, is_far=True)], ignore_index=True)
        theirs = pd.concat([_predict(running, near), _predict(running, far, is_far=True)])
        versions = (candidate.manifest.version, running.manifest.version)
        params = params.model_copy(update={"targets": (*params.targets, *far["source"].unique())})
        verdict = judge(rows, Outcomes.of(rows), Outcomes.of(theirs), params=params, versions=versions)
    GATE_FILE.write_text(json.dumps(verdict.model_dump(), indent=2) + "\n", encoding="utf-8")
    print(f"gate: {verdict.decision}: {verdict.reason}")


if __name__ == "__main__":
    main()
