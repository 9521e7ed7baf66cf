"""The one command: first visit, answers on the device, agreement with the service, audits.

MAJANI_MIRROR=... python -m benchmarks.phone_app [PART...] [--quick]

Needs the built app (`make app`), Chromium and Node. `first_visit` and `on_device` judge time and want a quiet machine.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.harness.measured import measured, measured_rounds
from benchmarks.phone_app import first_visit, on_device, parity
from benchmarks.phone_app.audit import lighthouse
from benchmarks.phone_app.browser import SLOWDOWN, launch
from benchmarks.phone_app.service import Service, run_service
from benchmarks.serving_speed.photo import PHONE, enlarge, pick
from training.evaluation.intervals import share_interval
from training.figures import Figure, listing, record
from training.settings import Resampling

COMMAND = "python -m benchmarks.phone_app"
_VISITS = 5
_LARGE_PHOTOS = 24
_COMPARED = 240
_SEED = 20_261_125

Figures = dict[str, Figure]


def measure_first_visit(service: Service, _mirror: Path, work: Path, share: float) -> Figures:
    """Seconds until the app is there, and Lighthouse's score of them."""
    count = max(1, int(_VISITS * share))
    found: Figures = {}
    with launch() as browser:
        for language in ("en", "sw"):
            visits = [first_visit.visit(browser, service.url, language) for _ in range(count)]
            for part in ("form_s", "app_s"):
                what = "a photo can be taken" if part == "form_s" else "the app is there"
                title = f"phone app: first visit ({language}), fast 3G, processor {SLOWDOWN} x slower: {what}"
                seconds = [getattr(visit, part) for visit in visits]
                found[f"{language}.{part}"] = measured_rounds(title, seconds, "s", command=COMMAND)
    return found | _lighthouse(service, work, "performance")


def measure_audit(service: Service, _mirror: Path, work: Path, _share: float) -> Figures:
    """Bytes of a first visit; what else Lighthouse says of it."""
    with launch() as browser:
        size = first_visit.packed_bytes(browser, service.url)
        by_language = first_visit.bytes_until_photo(browser, service.url)
    print(by_language)
    most = max(by_language, key=by_language.__getitem__)
    title = f"first visit until a photo can be taken, of {len(by_language)} languages the largest ({most}), gzip"
    found = {
        "size": _figure("JavaScript and style sheets before the model, gzip", round(size / 1000, 1), "kB", n=1),
        "first_visit": _figure(title, round(by_language[most] / 1000, 1), "kB", n=len(by_language)),
    }
    return found | _lighthouse(service, work, "accessibility", "best-practices")


def _lighthouse(service: Service, work: Path, *categories: str) -> Figures:
    return {
        f"lighthouse.{name}": _figure(f"Lighthouse: {name.replace('-', ' ')}", round(score), "of 100", n=1)
        for name, score in lighthouse(service.url, work, categories).items()
    }


def measure_on_device(service: Service, mirror: Path, work: Path, share: float) -> Figures:
    photos = _large_photos(mirror, work, share)
    with launch() as browser:
        seconds, slowdown = on_device.answer_seconds(browser, service.url, photos)
    title = f"phone app: 12 MP photo to its answer on the device, processor {SLOWDOWN} x slower, median"
    return {
        "answer": measured_rounds(title, seconds, "s", command=COMMAND),
        "slowdown": _figure("likewise: how much slower fixed work was", round(slowdown, 1), "x", n=on_device.SPINS),
    }


def measure_parity(service: Service, mirror: Path, work: Path, share: float) -> Figures:
    """Agreement of service and device, on photos as the mirror has them and as phones take them."""
    found: Figures = {}
    with launch() as browser:
        for key, what, photos in (
            ("photos", "photos", pick(mirror, int(_COMPARED * share))),
            ("large_photos", "12 MP photos", _large_photos(mirror, work, share)),
        ):
            pairs = parity.pairs(browser, service.url, photos)
            agrees = np.array([pair.agrees for pair in pairs])
            low, high = share_interval(
                agrees, pd.Series([pair.photo.name for pair in pairs]), Resampling(seed=_SEED, resamples=2000)
            )
            same, difference = parity.agreement(pairs)
            found[f"{key}.agreement"] = _figure(
                f"service and device on {what}: same outcome and likeliest condition",
                round(100 * same, 1),
                "%",
                n=len(pairs),
                interval=(round(100 * low, 1), round(100 * high, 1)),
            )
            found[f"{key}.difference"] = _figure(
                "likewise: median difference of probabilities", round(100 * difference, 2), "points", n=len(pairs)
            )
    return found


def _large_photos(mirror: Path, work: Path, share: float) -> list[Path]:
    photos = []
    for number, source in enumerate(pick(mirror, max(3, int(_LARGE_PHOTOS * share)))):
        photos.append(work / f"large_{number}.jpg")
        photos[-1].write_bytes(enlarge(source, PHONE))
    return photos


PARTS: Mapping[str, Callable[[Service, Path, Path, float], Figures]] = {
    "first_visit": measure_first_visit,
    "audit": measure_audit,
    "on_device": measure_on_device,
    "parity": measure_parity,
}


def _figure(title: str, value: float, unit: str, *, n: int, **ends: tuple[float, float]) -> Figure:
    return measured(f"phone app: {title}", value, unit, n=n, command=COMMAND, **ends)


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all unless given")
    parser.add_argument("--quick", action="store_true", help="a fifth of everything; nothing is recorded")
    arguments = parser.parse_args()
    mirror = Path(os.environ["MAJANI_MIRROR"])
    found: Figures = {}
    for name in arguments.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="majani-app-") as work, run_service(Path(work)) as service:
            part = PARTS[name](service, mirror, Path(work), 0.2 if arguments.quick else 1.0)
        found |= {f"phone_app.{name}.{key}": figure for key, figure in part.items()}
    print(listing(found))
    if not arguments.quick:
        record(found)


if __name__ == "__main__":
    main()
