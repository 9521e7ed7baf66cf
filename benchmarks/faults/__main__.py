"""Command line of :mod:`benchmarks.faults`."""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image

from benchmarks.faults.faults import FAULTS
from benchmarks.faults.run import Report, run
from benchmarks.faults.scene import NotHereError
from benchmarks.measured import measured
from training.figures import CURRENT_DIR, Figure, record

_SOURCE = "ibean"
_PHOTOS = 24
_SHORT_SIDE_PX = 256
_LINE = "{:20} {:>6} {:>5} {:>5} {:>6} {:>6} {:>9} {:>9} {:>8}  {}"
_COMMAND = "python -m benchmarks.faults"


def small_photos(mirror: Path) -> list[bytes]:
    """Real photos, small enough that storage is what keeps the service busy.

    Args:
        mirror: Folder of real photos.
    """
    paths = sorted((mirror / _SOURCE).rglob("*.jpg"))
    return [_small(path) for path in paths[:: max(1, len(paths) // _PHOTOS)][:_PHOTOS]]


def _small(path: Path) -> bytes:
    buffer = BytesIO()
    with Image.open(path) as image:
        scale = _SHORT_SIDE_PX / min(image.size)
        small = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)))
    small.save(buffer, "JPEG")
    return buffer.getvalue()


def _row(name: str, report: Report) -> str:
    recovered = "never" if report.recovered_s is None else f"{report.recovered_s:.1f} s"
    return _LINE.format(
        name,
        report.acknowledged,
        len(report.truth.lost),
        len(report.truth.duplicated),
        sum(report.failures.values()),
        report.truth.stray_photos,
        report.truth.swept,
        recovered,
        f"{report.longest_s:.1f} s",
        "good" if report.is_good else "BAD",
    )


def _details(report: Report) -> list[str]:
    wrong = [*report.truth.lost[:5], *report.truth.duplicated[:5], *report.complaints]
    seen = [f"{count} x {result}" for result, count in report.failures.items()]
    return [*wrong, *([f"clients saw {', '.join(seen)}"] if seen else [])]


def _figures(reports: Mapping[str, Report]) -> dict[str, Figure]:
    def figure(title: str, value: float, unit: str) -> Figure:
        return measured(title, round(value, 1), unit, n=cases, command=_COMMAND)

    cases = sum(one.acknowledged for one in reports.values())
    lost = sum(len(one.truth.lost) for one in reports.values())
    duplicated = sum(len(one.truth.duplicated) for one in reports.values())
    longest_s = max(one.recovered_s or 0.0 for one in reports.values())
    return {
        "faults.lost": figure(f"{len(reports)} faults under load: acknowledged cases lost", lost, "cases"),
        "faults.duplicated": figure("likewise: cases kept twice", duplicated, "cases"),
        "faults.recovery": figure("likewise: longest time from the end of a fault to a kept case", longest_s, "s"),
    }


def main() -> int:
    """Inflict one fault after the other and print what became of the cases.

    Returns:
        1 if a case was lost or duplicated, or a fault was not survived as it should have been.
    """
    parser = argparse.ArgumentParser(prog=_COMMAND, description="Faults under load.")
    parser.add_argument("--seconds", type=float, default=20, help="how long each fault lasts")
    parser.add_argument("--only", choices=[fault.name for fault in FAULTS], action="append")
    parser.add_argument("--record", action="store_true", help="publish the figures")
    arguments = parser.parse_args()
    photos = small_photos(Path(os.environ["MAJANI_MIRROR"]))
    reports: dict[str, Report] = {}
    print(_LINE.format("fault", "kept", "lost", "twice", "failed", "strays", "swept up", "recovered", "longest", ""))
    for fault in FAULTS:
        if arguments.only and fault.name not in arguments.only:
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="majani-") as work:
                report = run(fault, work=Path(work), bundle=CURRENT_DIR, photos=photos, seconds=arguments.seconds)
        except NotHereError as error:
            print(f"{fault.name:20} skipped: {error}")
            continue
        reports[fault.name] = report
        print("\n    ".join([_row(fault.name, report), *_details(report)]), flush=True)
    if arguments.record and not arguments.only:
        record(_figures(reports))
    return 0 if all(report.is_good for report in reports.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
