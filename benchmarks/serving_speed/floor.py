"""The floor: decode and predict in a bare loop, one thread on one core. No way of serving can be quicker per photo.

    python -m benchmarks.serving_speed.floor PHOTOS --seconds 3

Runs in a process of its own and reports in JSON.
"""

import argparse
import itertools
import json
import os
import sys
import time
from pathlib import Path

from majani.image.decode import decode
from majani.image.quality import measure as measure_quality
from majani.image.quality import reasons_to_retake
from majani.model.bundle import read_bundle
from majani.model.predictor import Predictor
from training.artifacts.files import CURRENT_DIR


def measure(photos: list[bytes], seconds: float) -> dict[str, float | list[float]]:
    """Seconds that each photo took, and CPU seconds of all, after every photo was seen once."""
    bundle = read_bundle(CURRENT_DIR)
    predictor = Predictor(bundle)
    for photo in photos:
        pixels = decode(photo)
        if reasons_to_retake(measure_quality(pixels), bundle.manifest.rules.quality):
            raise ValueError("a photo is too poor to be diagnosed; choose another")
        predictor.predict(pixels)
    taken_s = []
    cpu_before_s = time.process_time()
    end = time.monotonic() + seconds
    for photo in itertools.cycle(photos):
        if time.monotonic() >= end:
            break
        begun = time.perf_counter()
        predictor.predict(decode(photo))
        taken_s.append(time.perf_counter() - begun)
    return {"taken_s": taken_s, "cpu_s": time.process_time() - cpu_before_s}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving_speed.floor", description="The bare work.")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    photos = [path.read_bytes() for path in sorted(arguments.photos.iterdir())]
    json.dump(measure(photos, arguments.seconds), sys.stdout)


if __name__ == "__main__":
    main()
