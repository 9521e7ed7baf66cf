"""The phone's copy of the rules, held to the service's own by golden vectors, and the app's other tests, under Node."""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from majani.conformance.vectors import GoldenVectors, golden_vectors
from majani.decision import rules
from majani.decision.diagnoser import Diagnoser
from majani.image.decode import decode
from tests.absence import absent
from tests.tiny_bundle import tiny_bundle_with_situations

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models/current"


@pytest.fixture(scope="module")
def npm() -> str:
    found = shutil.which("npm")
    if found is None or not (ROOT / "web/node_modules").is_dir():
        absent("Node.js or the phone app's packages are missing; see `make app`")
    return found


def test_rules_come_to_the_same_answers(npm: str, diagnoser: Diagnoser, tmp_path: Path) -> None:
    situations = Diagnoser(tiny_bundle_with_situations())
    files = {"shipped": Diagnoser.from_directory(SHIPPED), "tiny": diagnoser, "situations": situations}
    for name, one in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(written(one)), encoding="utf-8")
    golden = ":".join(str(tmp_path / f"{name}.json") for name in files)
    report = tmp_path / "report.json"
    ended = subprocess.run(
        [npm, "test", "--", "--reporter=json", f"--outputFile={report}"],
        cwd=ROOT / "web",
        env=os.environ | {"MAJANI_GOLDEN": golden},
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
    vectors = sum(len(content["decisions"]) + len(content["pictures"]) for content in map(written, files.values()))
    assert found["numPassedTests"] > vectors


@pytest.mark.parametrize("kind", ["CANDIDATES", "CAUTION"])
def test_answers_of_one_kind_have_the_same_parts(kind: str) -> None:
    source = (ROOT / "web/src/decision/diagnosis.ts").read_text(encoding="utf-8")
    found = re.search(rf"OUTCOMES_WITH_{kind}: readonly Outcome\[\] = (\[.*\]);", source)
    assert found is not None
    assert json.loads(found[1]) == [outcome.value for outcome in getattr(rules, f"OUTCOMES_WITH_{kind}")]


def written(diagnoser: Diagnoser) -> dict[str, object]:
    """A bundle's vectors, its manifest, and the pixels of its pictures, which Node could not decode."""
    vectors: GoldenVectors = golden_vectors(diagnoser)
    content = vectors.model_dump(mode="json", include={"tolerance", "decisions", "questions"})
    return content | {
        "manifest": diagnoser.manifest.model_dump(mode="json"),
        "pictures": [
            _pixels(picture.png) | picture.model_dump(mode="json", include={"about", "expected"})
            for picture in vectors.pictures
        ],
    }


def _pixels(png: str) -> dict[str, object]:
    pixels = decode(base64.b64decode(png))
    height, width = pixels.shape[:2]
    return {"width": width, "height": height, "pixels": base64.b64encode(pixels.tobytes()).decode()}
