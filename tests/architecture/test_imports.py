"""Who may import whom, and what a process must not load."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import majani

ROOT = Path(__file__).parents[2]
# What an application or a workbench needs, and a phone-sized install of the core does not.
HEAVY = {
    "albumentations",
    "cv2",
    "dvc",
    "flask",
    "matplotlib",
    "onnx",
    "pandas",
    "pytorch_lightning",
    "requests",
    "scipy",
    "serving",
    "sklearn",
    "sqlalchemy",
    "timm",
    "torch",
    "torchvision",
    "training",
    "yaml",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_import_contracts_hold() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_core_loads_nothing_heavy() -> None:
    modules = ", ".join(f"majani.{found.name}" for found in pkgutil.iter_modules(majani.__path__))
    script = (
        f"import json, sys, {modules}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = run(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    assert HEAVY.isdisjoint(json.loads(done.stdout))
