"""The core as a wheel in a new virtual environment with nothing of this repository: one photo diagnosed.

    python -m benchmarks.wheel [leaf.jpg]

Without a photo, one of the mirror is taken (MAJANI_MIRROR). The bundle is that of ``models/current``, copied elsewhere.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.harness.measured import measured
from benchmarks.harness.newcomer import environment, photo_of, run
from training.artifacts.files import CURRENT_DIR
from training.figures import record

COMMAND = "python -m benchmarks.wheel"
ROOT = Path(__file__).parents[1]


def build(target: Path) -> Path:
    """The wheel of this checkout, made from a copy: building leaves traces."""
    source = target / "source"
    source.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "majani", source / "majani", ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source)
    (wheel,) = target.glob("majani-*.whl")
    return wheel


def diagnose(wheel: Path, photo: Path, work: Path) -> tuple[float, dict[str, object]]:
    """Seconds from an empty environment to an answer with the wheel and the bundle alone, and that answer."""
    started = time.monotonic()
    venv.create(work / "venv", with_pip=True)
    python = work / "venv/bin/python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=work, env=environment())
    shutil.copytree(CURRENT_DIR, work / "bundle")
    command = (python.with_name("majani"), "diagnose", "--json", "--bundle", work / "bundle", photo)
    answer: dict[str, object] = json.loads(run(*command, cwd=work, env=environment()))
    return time.monotonic() - started, answer


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description="A wheel, a clean environment, a photo.")
    photo = photo_of(parser)
    with tempfile.TemporaryDirectory(prefix="majani-wheel-") as name:
        wheel = build(Path(name))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e3:.0f} kB")
        seconds, answer = diagnose(wheel, photo, Path(name))
    print(json.dumps(answer, indent=2))
    title = "wheel of the core: empty environment to the first diagnosis"
    record({"setup.wheel": measured(title, round(seconds, 1), "s", n=1, command=COMMAND)})


if __name__ == "__main__":
    main()
