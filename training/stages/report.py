"""Stage ``report``: the main tables and plots of what was measured, on one page that needs nothing else.

Also writes its charts, which ``dvc plots`` shows, the tables behind them, and the headline figures as plain numbers for
``dvc metrics``. It predicts nothing itself: all numbers come from ``evaluate``, ``stress_test`` and ``gate``.
"""

import json

import pandas as pd

from majani.model.bundle import read_bundle
from training.artifacts import files
from training.evaluation import breakdown
from training.evaluation.figure_maker import title_of
from training.figures import read_figures
from training.places.rows import PlaceTable
from training.release.gate import Verdict
from training.report.charts import standalone
from training.report.context import Findings, context, render
from training.settings import Params, read_params
from training.sources.description import SOURCES_DIR, read_sources

_MOST_CONFUSIONS = 20
# Images, because the scripts with which ``dvc plots`` draws tables come from the network.
_CHARTS = ("forest", "reliability", "coverage")
# What fits a line of a terminal; ``evaluation.json`` and ``stress_test.json`` have all figures.
_HEADLINE = ("field.top1", "field.answered", "field.right_when_answered", "field.ece")


def main() -> None:
    """Run the stage."""
    rows = files.read_table(files.PREDICTIONS_FILE)
    crops = rows[files.is_sound_crop(rows)]
    found = gather(crops, read_params())
    names = context(found)
    write_plots(found, crops)
    for chart in _CHARTS:
        (files.PLOTS_DIR / f"{chart}.svg").write_text(standalone(names[chart]) + "\n", encoding="utf-8")
    plain = {key: found.figures[key].value for key in _HEADLINE if key in found.figures}
    files.METRICS_FILE.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    files.REPORT_FILE.write_text(render(names), encoding="utf-8")
    print(f"report: {files.REPORT_FILE}, {files.REPORT_FILE.stat().st_size // 1000} kB")


def gather(crops: pd.DataFrame, params: Params) -> Findings:
    """All findings of the stages before, and tables of the sound test photos of ``crops``."""
    own = params.stress_test.field_source
    field = crops[crops["domain"].isin(files.FIELD_DOMAINS)]
    choices = {
        name: some for name, some in ((title_of("field"), field), (own, field[field["source"] == own])) if len(some)
    }
    points = {name: breakdown.operating_point(some) for name, some in choices.items()}
    photos = files.read_table(files.SPLITS_FILE)
    sources = read_sources(SOURCES_DIR, files.read_taxonomy())
    tables = {
        "crops": breakdown.accuracy_table(crops, crops["class_id"].str.split(".").str[0], params.evaluate),
        "classes": breakdown.accuracy_table(crops, crops["class_id"], params.evaluate),
        "reliability": breakdown.reliability_table(field, params.evaluate),
        "confusions": breakdown.confusion_pairs(crops, most=_MOST_CONFUSIONS),
        "corruption": pd.read_csv(files.CORRUPTION_FILE),
    }
    return Findings(
        manifest=read_bundle(files.CANDIDATE_DIR).manifest,
        figures={**read_figures(files.EVALUATION_FILE), **read_figures(files.STRESS_TEST_FILE)},
        field_source=own,
        verdict=Verdict.model_validate_json(files.GATE_FILE.read_bytes()),
        curation=json.loads(files.FINDINGS_FILE.read_text(encoding="utf-8")),
        sources={key: source for key, source in sources.items() if (photos["source"] == key).any()},
        photos=photos,
        tables=tables,
        curves={name: breakdown.coverage_curve(some) for name, some in choices.items()},
        points={name: point for name, point in points.items() if point is not None},
        places=PlaceTable.model_validate_json(files.PLACES_FILE.read_bytes()),
    )


def write_plots(found: Findings, crops: pd.DataFrame) -> None:
    """The tables behind the charts; those of the stage ``stress_test`` lie there already."""
    files.PLOTS_DIR.mkdir(parents=True, exist_ok=True)
    found.tables["reliability"].to_csv(files.RELIABILITY_FILE, index=False)
    found.tables["classes"].to_csv(files.CLASS_ACCURACY_FILE, index=False)
    none = pd.DataFrame(columns=["threshold", "answered", "right", "photos"])
    pd.concat([none, *(curve.assign(photos=name) for name, curve in found.curves.items())]).to_csv(
        files.COVERAGE_FILE, index=False
    )
    said = crops[["class_id", "top1"]].rename(columns={"class_id": "truth", "top1": "answered"})
    said.to_csv(files.CONFUSION_FILE, index=False)
