"""The phone's copy of the rules, held to the service's own by golden vectors, and the app's other tests, under Node."""

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from majani.conformance.picture import golden_pictures
from majani.conformance.vectors import golden_vectors
from majani.decision import rules
from majani.decision.diagnoser import Diagnoser
from majani.image.decode import decode
from majani.model.bundle import Bundle, Manifest, read_bundle
from majani.model.head_file import read_head
from majani.model.predictor import Predictor
from tests.absence import absent
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle, tiny_bundle_with_head, tiny_district_bundle

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models/current"


def test_rules_come_to_the_same_answers(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or not (ROOT / "web/node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    bundles = {
        "shipped": read_bundle(SHIPPED),
        "tiny": tiny_bundle(),
        "head": tiny_bundle_with_head(),
        "district": tiny_district_bundle(),
    }
    contents = {tmp_path / f"{name}.json": written(Diagnoser(bundle)) for name, bundle in bundles.items()}
    contents[tmp_path / "older.json"] = written_as_older(tiny_bundle())
    for file, content in contents.items():
        file.write_text(json.dumps(content), encoding="utf-8")
    report = tmp_path / "report.json"
    ended = subprocess.run(
        [npm, "test", "--", "--reporter=json", f"--outputFile={report}"],
        cwd=ROOT / "web",
        env=os.environ | {"MAJANI_GOLDEN": ":".join(map(str, contents))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), ended.stdout + ended.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    failed = [
        f"{one['fullName']}: {one['failureMessages']}"
        for file in found["testResults"]
        for one in file["assertionResults"]
        if one["status"] != "passed"
    ]
    assert (failed, ended.returncode) == ([], 0)
    # The app's tests ran every vector.
    kinds = ("decisions", "pictures", "heads")
    assert found["numPassedTests"] > sum(len(content[kind]) for content in contents.values() for kind in kinds)


def test_answers_with_caution_are_the_same() -> None:
    source = (ROOT / "web/src/decision/diagnosis.ts").read_text(encoding="utf-8")
    found = re.search(r"OUTCOMES_WITH_CAUTION: readonly Outcome\[\] = (\[.*\]);", source)
    assert found is not None
    assert json.loads(found[1]) == [outcome.value for outcome in rules.OUTCOMES_WITH_CAUTION]


def test_a_head_says_what_its_graph_says() -> None:
    bundle = read_bundle(SHIPPED)
    head = read_head(bundle.head or b"").on(bundle.manifest).head
    for picture in golden_pictures(96).values():
        seen = Predictor(bundle).predict(decode(picture))
        assert head.answers(seen.embedding[np.newaxis]).probabilities[0] == pytest.approx(seen.probabilities, abs=3e-3)


def written_as_older(bundle: Bundle) -> dict[str, Any]:
    """What a bundle of 0.3.0 answers today, with its manifest as it was written."""
    older = bundle.manifest.model_dump(mode="json")
    rules, known = older["rules"], older["classes"][0]
    spots = {"bean": [{"id": known["id"], "name": known["name"]}, OTHER_TROUBLE.model_dump()]}
    thresholds = {"answer": 0.5, "per_class": {}, "reject": rules.pop("reject"), "coarse": rules.pop("shows")}
    older["rules"] = rules | {"thresholds": thresholds, "confidence_bands": [], "blind_spots": spots}
    del older["rules"]["grading"], older["other_troubles"]
    older["schema_version"] = 3
    return written(Diagnoser(replace(bundle, manifest=Manifest.model_validate(older)))) | {"manifest": older}


def written(diagnoser: Diagnoser) -> dict[str, Any]:
    """A bundle's vectors, its manifest, and the pixels of its pictures, which Node could not decode."""
    vectors = golden_vectors(diagnoser)
    content = vectors.model_dump(mode="json", include={"tolerance", "decisions", "questions", "practices", "heads"})
    pictures = []
    for picture in vectors.pictures:
        pixels = decode(base64.b64decode(picture.png))
        height, width = pixels.shape[:2]
        seen = {"width": width, "height": height, "pixels": base64.b64encode(pixels.tobytes()).decode()}
        pictures.append(seen | picture.model_dump(mode="json", include={"about", "expected"}))
    return content | {
        "head": base64.b64encode(diagnoser.bundle.head or b"").decode(),
        "manifest": diagnoser.manifest.model_dump(mode="json"),
        "pictures": pictures,
    }
