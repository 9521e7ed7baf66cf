"""What a process must not load; who may import whom stands in ``pyproject.toml``, and `lint-imports` holds it."""

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


def test_the_core_loads_nothing_heavy() -> None:
    modules = ", ".join(f"majani.{found.name}" for found in pkgutil.iter_modules(majani.__path__))
    script = (
        f"import json, sys, {modules}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(json.loads(done.stdout))
