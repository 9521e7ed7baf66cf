"""Ten thousand photos of the mirror as an archive, and ``majani bulk`` run over it as an operator would."""

import random
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from training.artifacts.files import CURRENT_DIR

_SEED = 20_261_125


def choose(mirror: Path, photos: int) -> list[Path]:
    """Photos of all sources, the same ones each time, in an order that mixes large with small ones."""
    found = sorted(mirror.rglob("*.jpg"))
    if len(found) < photos:
        raise ValueError(f"{photos} photos wanted, {len(found)} are there")
    return random.Random(_SEED).sample(found, photos)  # noqa: S311 - no secret


def write_list(photos: list[Path], target: Path) -> Path:
    target.write_text("".join(f"{photo}\n" for photo in photos), encoding="utf-8")
    return target


def start(source: Path, output: Path, *, processes: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start a run in a process group of its own."""
    command = [str(Path(sys.executable).with_name("majani")), "bulk", str(source), str(output)]
    command += ["--processes", str(processes), "--bundle", str(CURRENT_DIR)]
    with log.open("ab") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)  # noqa: S603 - our own


def rows(output: Path) -> list[str]:
    return [
        path
        for part in sorted(output.glob("part-*.parquet"))
        for path in pq.read_table(part, columns=["path"]).column(0).to_pylist()
    ]
