"""Stage ``gate``: may the candidate replace the running bundle?

Both are judged by the candidate's rules. A number tells how right a name is in fields never seen, and of two sets of
numbers test photos of learned places prefer the bolder; the stage ``places`` measures these.

``models/current`` is read, but is no dependency of the stage in ``dvc.yaml``: the stage ``promote`` writes it.
"""

import json
from dataclasses import replace

from majani.model.bundle import MANIFEST_FILE, read_bundle
from training.artifacts import files
from training.bundle.inference import answer
from training.evaluation.metrics import predictions
from training.release.gate import Outcomes, Verdict, judge, may_decide
from training.settings import read_params
from training.sources.description import SOURCES_DIR, read_sources


def main() -> None:
    """Run the stage."""
    params = read_params().gate
    candidate = read_bundle(files.CANDIDATE_DIR).manifest
    if not (files.CURRENT_DIR / MANIFEST_FILE).exists():
        verdict = Verdict(decision="promote", reason="no bundle is running", candidate=candidate.version, champion=None)
    else:
        running = read_bundle(files.CURRENT_DIR)
        rows = files.read_table(files.PREDICTIONS_FILE)
        sources = read_sources(SOURCES_DIR, files.read_taxonomy()).values()
        rows = rows[may_decide(rows, sources)].reset_index(drop=True)
        by_its_rules = replace(running, manifest=running.manifest.model_copy(update={"rules": candidate.rules}))
        theirs = predictions(by_its_rules, answer(running, list(rows["photo"]), title="gate"), rows)
        versions = (candidate.version, running.manifest.version)
        verdict = judge(rows, Outcomes.of(rows), Outcomes.of(theirs), params=params, versions=versions)
    files.GATE_FILE.write_text(json.dumps(verdict.model_dump(), indent=2) + "\n", encoding="utf-8")
    print(f"gate: {verdict.decision}: {verdict.reason}")
