"""From a fresh clone to the first answer: ``make serve`` in a new folder and HOME, a photo by curl, then the page.

    python -m benchmarks.first_answer [leaf.jpg]

Without a photo, one of the mirror is sent (MAJANI_MIRROR). Clones the committed state of this repository, so commit
first. Fails if anything on the way fails, or if the virtual environment holds more than serving needs.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness.measured import measured_all
from benchmarks.serving_speed.photo import pick
from training.figures import record

ROOT = Path(__file__).parents[1]
PORT = 8731
NOT_FOR_SERVING = ("torch", "timm", "pytorch_lightning", "albumentations", "cv2", "dvc", "pandas")
_OURS = ("MAJANI_", "VIRTUAL_ENV", "PYTHON")


def environment() -> Mapping[str, str]:
    """The variables of this process, but no settings of ours, no virtual environment, and nothing that pip has kept."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    path = os.pathsep.join(word for word in os.environ["PATH"].split(os.pathsep) if ".venv" not in word)
    return {**kept, "PATH": path, "PIP_NO_CACHE_DIR": "1"}


def run(*command: object, **how: object) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, **how)  # type: ignore[call-overload]  # noqa: S603
    said: str = done.stdout
    return said


def first_answer(photo: Path, work: Path) -> tuple[float, dict[str, object]]:
    """Seconds from ``make serve`` in a clone to its first answer, and that answer."""
    clone, home = work / "majani", work / "home"
    home.mkdir()
    run("git", "clone", "--quiet", ROOT, clone)
    started = time.monotonic()
    service = subprocess.Popen(
        ["make", "serve"],  # noqa: S607
        cwd=clone,
        env={**environment(), "HOME": str(home), "PORT": str(PORT)},
        start_new_session=True,
    )
    try:
        answer = _ask(photo, service)
        seconds = time.monotonic() - started
        page = run("curl", "-sS", "--fail", "-F", f"photo=@{photo}", f"http://localhost:{PORT}/")
        # The page writes the version's date out; its checksum stands as it is.
        if str(answer["model_version"]).partition("-")[2] not in page or "<form" not in page:
            raise SystemExit("the page does not show the answer")
    finally:
        os.killpg(service.pid, signal.SIGTERM)
        service.wait(timeout=60)
    packages = next((clone / ".venv").glob("lib/python*/site-packages"))
    heavy = [name for name in NOT_FOR_SERVING if (packages / name).exists()]
    if heavy:
        raise SystemExit(f"not needed for serving, but installed: {heavy}")
    return seconds, answer


def _ask(photo: Path, service: "subprocess.Popen[bytes]") -> dict[str, object]:
    while service.poll() is None:
        asked = subprocess.run(  # noqa: S603
            ["curl", "-sS", "--fail", "-F", f"photo=@{photo}", f"http://localhost:{PORT}/v1/diagnoses"],  # noqa: S607
            capture_output=True,
            check=False,
        )
        if asked.returncode == 0:
            answer: dict[str, object] = json.loads(asked.stdout)
            return answer
        time.sleep(0.2)
    raise SystemExit(f"make serve ended with {service.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_answer", description="Fresh clone to answer.")
    parser.add_argument("photo", type=Path, nargs="?")
    named: Path | None = parser.parse_args().photo
    photo = (named or pick(Path(os.environ["MAJANI_MIRROR"]), 1)[0]).resolve()
    work = Path(tempfile.mkdtemp(prefix="majani-"))
    try:
        seconds, answer = first_answer(photo, work)
    finally:
        shutil.rmtree(work)
    print(json.dumps(answer, indent=2))
    print(f"{seconds:.0f} s from `make serve` in a fresh clone to the first answer")
    title = "fresh clone: `make serve` to first answer"
    row = ("first_answer", title, seconds, "s", 1)
    record(measured_all("setup", "python -m benchmarks.first_answer", row, digits=1))


if __name__ == "__main__":
    main()
