"""Starting: only with a sound bundle, and without anything heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

from majani.errors import BundleError
from serving.app import create_app
from serving.settings import Settings

HEAVY = {
    "torch",
    "torchvision",
    "timm",
    "pytorch_lightning",
    "albumentations",
    "cv2",
    "dvc",
    "pandas",
    "sklearn",
    "weasyprint",
}


def test_refuses_to_start_without_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        create_app(Settings(bundle=tmp_path))


def test_stays_light() -> None:
    program = "import sys, serving.app; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert HEAVY.isdisjoint(loaded)
    # Starts a thread when it is imported, and gunicorn's master forks after importing this.
    assert "onnxruntime" not in loaded
