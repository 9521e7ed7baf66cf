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
import onnx
import pytest

from majani.conformance.picture import golden_pictures
from majani.conformance.vectors import golden_vectors
from majani.decision import rules
from majani.decision.diagnoser import Diagnoser
from majani.image.decode import decode
from majani.model.bundle import Bundle, read_bundle
from majani.model.head_file import read_head
from majani.model.predictor import Predictor
from tests.absence import absent
from tests.tiny_bundle import tiny_bundle, tiny_bundle_with_head, tiny_bundle_with_situations, tiny_district_bundle
from training.adaptation.adapt import head_of
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models/current"


def test_rules_come_to_the_same_answers(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or not (ROOT / "web/node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    bundles = {
        "shipped": with_own_head(read_bundle(SHIPPED)),
        "tiny": tiny_bundle(),
        "situations": tiny_bundle_with_situations(),
        "head": tiny_bundle_with_head(),
        "district": tiny_district_bundle(),
    }
    contents = {tmp_path / f"{name}.json": written(Diagnoser(bundle)) for name, bundle in bundles.items()}
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


@pytest.mark.parametrize("kind", ["CANDIDATES", "CAUTION"])
def test_answers_of_one_kind_have_the_same_parts(kind: str) -> None:
    source = (ROOT / "web/src/decision/diagnosis.ts").read_text(encoding="utf-8")
    found = re.search(rf"OUTCOMES_WITH_{kind}: readonly Outcome\[\] = (\[.*\]);", source)
    assert found is not None
    assert json.loads(found[1]) == [outcome.value for outcome in getattr(rules, f"OUTCOMES_WITH_{kind}")]


def with_own_head(bundle: Bundle) -> Bundle:
    """A bundle of an older schema with its head as a file."""
    if bundle.head is not None:
        return bundle
    model = bundle.manifest.model.model_copy(
        update={"network": network_sha256(onnx.load_model_from_string(bundle.model))}
    )
    manifest = bundle.manifest.model_copy(update={"schema_version": 3, "model": model})
    return with_head_file(replace(bundle, manifest=manifest), head_of(bundle))


def test_a_head_says_what_its_graph_says() -> None:
    bundle = with_own_head(read_bundle(SHIPPED))
    head = read_head(bundle.head or b"").on(bundle.manifest).head
    for picture in golden_pictures(96).values():
        seen = Predictor(bundle).predict(decode(picture))
        assert head.answers(seen.embedding[np.newaxis]).probabilities[0] == pytest.approx(seen.probabilities, abs=3e-3)


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
