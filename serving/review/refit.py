"""Refits a district's bundle in a process of its own: files go in and come out, so the service needs no statistics.

``majani-admin teach work`` does what waits, one after another. The page starts it; whoever looks at a refit whose
process was killed starts it again.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from serving.cases.photo_store import PhotoStore
from serving.districts import read_boundaries
from serving.persistence.models import RefitRow
from serving.review.photos import TABLE, labelled_photos, write_folder
from serving.settings import Settings, variable
from serving.teach.districts import district_id
from serving.teach.repository import Refits, RefitState
from serving.telemetry import private_folder

# What training reads besides: its settings, the taxonomy, and the embeddings that travel with the repository.
_ROOT = Path(__file__).parents[2]
_TRAIN = (sys.executable, "-m", "training.cli", "adapt")
_WORK = (sys.executable, "-c", "from serving.app import admin; admin()", "teach", "work")
# What it prints before it fits.
_FITS = "adapt: fits"
_LONGEST_S = 20 * 60
_PAUSE_S = 1.0
# One core of the machine that answers; each thread would hold memory of its own, and glibc much of what is freed.
_MODEST = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_MODEST |= {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
# What the process needs of the settings; the rest could keep it from starting.
_NEEDED = (
    *("database_url", "photos_url", "bundle", "districts_dir", "texts_dir", "boundaries", "boundaries_name"),
    "test_cases_from",
)

logger = logging.getLogger(__name__)


def start(settings: Settings) -> None:
    """Start a process that does what waits, and do not wait for it."""
    given = {variable(name): str(value) for name in _NEEDED if (value := getattr(settings, name)) is not None}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": None}
    # Of a session of its own, so that it outlives a worker of the service that is replaced.
    subprocess.Popen(_WORK, env=os.environ | given, start_new_session=True, **quiet)  # type: ignore[call-overload]  # noqa: S603


def result_of(settings: Settings, district: str) -> Path:
    """Where the bundle of the last refit waits to be put to use."""
    return settings.districts_dir / district_id(district) / "refit"


def work(engine: Engine, settings: Settings) -> int:
    """Do all refits that wait; returns how many. Another process may be at it, then there is nothing to do."""
    refits, done = Refits(engine), 0
    while (refit := refits.claim()) is not None:
        try:
            state, summary = _refit(engine, settings, refit)
        # The agronomist is told that it failed, whatever it was.
        except Exception:
            logger.exception("refit %d", refit.id)
            state, summary = RefitState.FAILED, {"failure": "error"}
        refits.end(refit, state, summary)
        done += 1
    return done


def _refit(engine: Engine, settings: Settings, refit: RefitRow) -> tuple[RefitState, Mapping[str, Any]]:
    boundaries = read_boundaries(settings.boundaries, settings.boundaries_name)
    cells = boundaries.cells(refit.district) if refit.district in boundaries.districts else ()
    photos, _ = labelled_photos(engine, refit.district, cells, settings.test_cases_from)
    target = result_of(settings, refit.district)
    with private_folder.lent("majani-refit-") as folder:
        (folder / "photos").mkdir()
        refits, renew_at = Refits(engine), 0.0

        def write(name: str, data: bytes) -> None:
            nonlocal renew_at
            if time.monotonic() >= renew_at:
                refits.renew(refit, "look")
                renew_at = time.monotonic() + _PAUSE_S
            (folder / name).write_bytes(data)

        write_folder(photos, PhotoStore(settings.photos_url), write)
        made, summary = folder / "made", folder / "summary.json"
        options = {"photos": folder / TABLE, "bundle": settings.bundle.resolve(), "into": made, "summary": summary}
        options["texts"] = settings.texts_dir.resolve()
        command = [*_TRAIN, refit.district, "--yes", *(f"--{name}={value}" for name, value in options.items())]
        output = _run(command, refits, refit, folder / "output")
        if not summary.exists():
            last = next((line for line in reversed(output.splitlines()) if line.strip()), "")
            return RefitState.FAILED, {"failure": last[-500:]}
        found: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
        shutil.rmtree(target, ignore_errors=True)
        if made.is_dir():
            # It lists photos, which stay where they can be deleted.
            shutil.copytree(made, target, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(TABLE))
    return RefitState.DONE, found


def _run(command: list[str], refits: Refits, refit: RefitRow, output: Path) -> str:
    until = time.monotonic() + _LONGEST_S
    files = {"stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    with output.open("wb") as written:
        process = subprocess.Popen(command, cwd=_ROOT, env=os.environ | _MODEST, stdout=written, **files)  # type: ignore[call-overload]  # noqa: S603
        try:
            while process.poll() is None and time.monotonic() < until:
                refits.renew(refit, "fit" if _FITS in output.read_text(errors="replace") else "look")
                time.sleep(_PAUSE_S)
            if process.returncode == -signal.SIGKILL:
                # The claim lapses, and who looks starts it again.
                sys.exit("the training was killed")
        finally:
            # A process that is told to end takes it along.
            process.kill()
            process.wait()
    return output.read_text(errors="replace")
