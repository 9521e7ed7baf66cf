"""Starting: without anything heavy."""

import subprocess
import sys

HEAVY = {"torch", "cv2", "dvc", "pandas", "sklearn", "weasyprint"}


def test_stays_light() -> None:
    program = "import sys, serving.app; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert HEAVY.isdisjoint(loaded)
    # Starts a thread when it is imported, and gunicorn's master forks after importing this.
    assert "onnxruntime" not in loaded
