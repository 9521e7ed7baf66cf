"""Stage ``report``: everything that was measured of the candidate, on one page that needs nothing else."""

import json

from training.artifacts import METRICS_FILE, PREDICTIONS_FILE, REPORT_FILE, is_sound_crop, read_table
from training.report.build import gather, write_plots
from training.report.context import render
from training.settings import read_params


def main() -> None:
    """Run the stage."""
    rows = read_table(PREDICTIONS_FILE)
    crops = rows[is_sound_crop(rows)]
    found = gather(crops, read_params())
    write_plots(found, crops)
    # Without what makes them believable, which ``dvc metrics diff`` cannot show.
    plain = {key: figure.value for key, figure in sorted(found.figures.items())}
    METRICS_FILE.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    REPORT_FILE.write_text(render(found), encoding="utf-8")
    print(f"report: {REPORT_FILE}, {REPORT_FILE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
