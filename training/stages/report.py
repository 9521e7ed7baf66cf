"""Stage ``report``: the main tables and plots of the candidate, on one page that needs nothing else."""

import json

from training.artifacts.files import METRICS_FILE, PLOTS_DIR, PREDICTIONS_FILE, REPORT_FILE, is_sound_crop, read_table
from training.report.build import gather, write_plots
from training.report.charts import standalone
from training.report.context import context, render
from training.settings import read_params

# Images, because the scripts with which ``dvc plots`` draws tables come from the network.
_CHARTS = ("forest", "reliability", "coverage")
# What fits a line of a terminal; ``evaluation.json`` and ``stress_test.json`` have all figures.
_HEADLINE = ("field.top1", "field.answered", "field.right_when_answered", "field.ece", "harm.field.mean")


def main() -> None:
    """Run the stage."""
    rows = read_table(PREDICTIONS_FILE)
    crops = rows[is_sound_crop(rows)]
    found = gather(crops, read_params())
    names = context(found)
    write_plots(found, crops)
    for chart in _CHARTS:
        (PLOTS_DIR / f"{chart}.svg").write_text(standalone(names[chart]) + "\n", encoding="utf-8")
    plain = {key: found.figures[key].value for key in _HEADLINE if key in found.figures}
    METRICS_FILE.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    REPORT_FILE.write_text(render(names), encoding="utf-8")
    print(f"report: {REPORT_FILE}, {REPORT_FILE.stat().st_size // 1000} kB")
