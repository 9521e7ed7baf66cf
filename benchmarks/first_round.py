"""From a fresh clone and own photos of a crop that Majani does not know to a served bundle that knows it.

    python -m benchmarks.first_round soursop FOLDER

``FOLDER`` has a folder of photos for each condition. Types the commands of docs/agronomist.md in a clone of the
committed state of this repository: a new environment, a quick round at its real settings, the gate, the service. The
datasets' photos come from MAJANI_MIRROR. Fails if anything on the way fails; prints how long each step took.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness.measured import measured_all
from benchmarks.harness.newcomer import environment, run
from benchmarks.harness.port import free_port
from training.figures import record

ROOT = Path(__file__).parents[1]
COMMAND = "python -m benchmarks.first_round CROP FOLDER"
_GATE = Path("reports/gate.json")
_BECAUSE = "to serve a first bundle of the new crop"


class Round:
    """A quick round in a clone, step by step."""

    def __init__(self, clone: Path) -> None:
        self.seconds: dict[str, float] = {}
        self._clone = clone
        own = environment()
        self.environment = {
            **own,
            "MAJANI_MIRROR": os.environ["MAJANI_MIRROR"],
            "PATH": f"{clone / '.venv/bin'}{os.pathsep}{own['PATH']}",
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began
        print(f"{name}: {self.seconds[name] / 60:.1f} min", flush=True)

    def type(self, *command: object) -> str:
        return run(*command, cwd=self._clone, env=self.environment)

    def go(self, crop: str, photos: Path) -> str:
        """All steps; what the gate said."""
        with self.step("environment"):
            self.type("make", ".venv/all")
        with self.step("description"):
            own = self._clone / "data/raw" / f"own_{crop}"
            shutil.copytree(photos, own)
            self.type("majani-train", "new-crop", crop, "--photos", own.relative_to(self._clone))
        params = self._clone / "params.yaml"
        params.write_text(params.read_text().replace("start_from: null", f"start_from: {self._manifest()['version']}"))
        for name, stage in (("photos", "split"), ("training", "train"), ("verdict", "gate")):
            with self.step(name):
                self.type("dvc", "repro", stage)
        verdict = json.loads((self._clone / _GATE).read_bytes())
        with self.step("promotion"):
            self.type("dvc", "repro", "promote")
            if verdict["decision"] == "keep":
                self.type("majani-train", "promote", "--because", _BECAUSE)
        if not any(one["crop"] == crop for one in self._manifest()["classes"]):
            raise SystemExit(f"the promoted bundle knows no {crop}")
        with self.step("first answer"):
            self._serve(next(path for path in sorted(own.rglob("*")) if path.is_file()))
        return f"{verdict['decision']}: {verdict['reason']}"

    def _serve(self, photo: Path) -> None:
        port = str(free_port())
        service = subprocess.Popen(
            ["make", "serve"],  # noqa: S607
            cwd=self._clone,
            env={**self.environment, "PORT": port},
            start_new_session=True,
        )
        wait = ("--retry", 60, "--retry-connrefused", "--retry-delay", 1)
        try:
            print(self.type("curl", "-sS", "--fail", *wait, "-F", f"photo=@{photo}", f"localhost:{port}/v1/diagnoses"))
        finally:
            os.killpg(service.pid, signal.SIGTERM)
            service.wait(timeout=60)

    def _manifest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self._clone / "models/current/manifest.json").read_bytes())
        return read


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_round", description="A new crop, served.")
    parser.add_argument("crop")
    parser.add_argument("photos", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="majani-", dir="build") as work:
        clone = Path(work).resolve() / "majani"
        run("git", "clone", "--quiet", ROOT, clone)
        first = Round(clone)
        print(first.go(chosen.crop, chosen.photos.resolve()))
    rows = [(name.replace(" ", "_"), f"first round: {name}", took / 60) for name, took in first.seconds.items()]
    rows.append(("all", "first round from a fresh clone: all of it", sum(first.seconds.values()) / 60))
    record(measured_all("first_round", COMMAND, *((key, title, minutes, "min", 1) for key, title, minutes in rows)))


if __name__ == "__main__":
    main()
