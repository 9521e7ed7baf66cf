"""The core as a wheel in a new virtual environment with nothing of this repository: one photo diagnosed.

    python -m benchmarks.wheel [leaf.jpg]

Without a photo, one of the mirror is taken (MAJANI_MIRROR). The bundle is that of ``models/current``, copied elsewhere.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from benchmarks.harness.measured import measured
from benchmarks.harness.newcomer import environment, photo_of
from training.artifacts import CURRENT_DIR
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
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(source)])
    (wheel,) = target.glob("majani-*.whl")
    return wheel


def diagnose(wheel: Path, photo: Path, work: Path) -> tuple[float, dict[str, object]]:
    """Seconds from an empty environment to an answer with the wheel and the bundle alone, and that answer."""
    started = time.monotonic()
    venv.create(work / "venv", with_pip=True)
    python = work / "venv/bin/python"
    _run([str(python), "-m", "pip", "install", "--quiet", str(wheel)], cwd=work, env=environment())
    shutil.copytree(CURRENT_DIR, work / "bundle")
    said = _run(
        [str(python.with_name("majani")), "diagnose", "--json", "--bundle", str(work / "bundle"), str(photo)],
        cwd=work,
        env=environment(),
    )
    answer: dict[str, object] = json.loads(said)
    return time.monotonic() - started, answer


def _run(command: list[str], **how: object) -> str:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **how)  # type: ignore[call-overload]  # noqa: S603
    said: str = done.stdout
    return said


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
