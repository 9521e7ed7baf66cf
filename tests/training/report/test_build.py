import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from majani.model.bundle import write_bundle
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE, description, write_data
from tests.training.figures import figure as any_figure
from tests.training.figures import predicted
from training.artifacts import files as artifacts
from training.figures import Figure, write_figures
from training.places.rows import Kind, PlaceTable
from training.release.gate import Verdict
from training.stages.report import main

BUNDLE = tiny_bundle()
DOUBT = "Taken in one garden <by one camera>."


def figure(title: str, value: float, unit: str = "%", **changes: Any) -> Figure:
    return any_figure(value, title, unit, **{"n": 12, "low": value - 5, "high": value + 5, **changes})


GIVEN = {"share": 31.7, "right": 87.2, "said": 85.1}
PLACES = PlaceTable.model_validate(
    {
        "graded": {
            "fields": [
                {
                    **{"place": "elsewhere", "crop": "bean", "kind": Kind.PLACE, "crop_named": True, "several": False},
                    **{"n": 321, "conditions": 3, "refused": 3.4, "first": 41.7, "listed": 93.2, "length": 2.1},
                    **{"grades": {"most_likely": GIVEN}, "sick": 50, "called_healthy": {"most_likely": 1.3}},
                }
            ],
            "grades": {"most_likely": GIVEN},
        }
    }
)
EVALUATED = {
    "plantdoc.top1": figure("plantdoc: top-1, 3 classes", 61.2),
    "plantdoc.top1_own_classes": figure("plantdoc: top-1 among its own 3 classes", 66.6),
    "tables.top1": figure("tables: top-1, 3 classes", 95.5),
    "tables.top1_own_classes": figure("tables: top-1 among its own 3 classes", 96),
    "field.ece": figure("calibration error (ECE)", 0.0321, "", low=None, high=None),
    "int8.points_lost": figure("top-1 lost by int8", 0.31, "points", low=None, high=None),
    "weeds.refused": figure("weeds: refused", 93.3),
}
PROBED = {}
COMPARED = {
    **{
        "source": "bean",
        "measure": "log-loss",
        "n": 12,
        "groups": 12,
        "candidate": 61.2,
        "champion": 63.4,
        "low": -6.5,
        "high": 2.1,
    },
}
VERDICT = Verdict.model_validate(
    {"decision": "keep", "reason": "better on none of ibean", "candidate": "2", "champion": "1", "table": [COMPARED]}
)


WEB = {"source": "plantdoc", "domain": "web"}
PREDICTED = [
    predicted("bean.rust", "bean.rust", **WEB),
    predicted("bean.rust", "bean.healthy", confidence=0.4, outcome="uncertain", condition="", **WEB),
    predicted("bean.healthy", "bean.healthy", source="tables", domain="lab"),
    predicted("tomato.late_blight", "bean.rust", doubt="few", **WEB),
    predicted("unknown_plant", "unknown_plant", source="weeds", condition="", domain="web"),
]


@pytest.fixture
def workspace(folder: Path) -> Path:
    write_data(
        folder,
        description("plantdoc", domain="web", doubts=[DOUBT]),
        description("tables", domain="lab", taken_in={"Uganda": [1.4, 32.3]}),
        description("weeds", classes={"*": {"to": "unknown_plant"}}, family="weeds"),
        description("unused", doubts=["Nobody looked."]),
    )
    Path("params.yaml").write_bytes(PARAMS_FILE.read_bytes())
    write_bundle(BUNDLE, artifacts.CANDIDATE_DIR)
    for file in (artifacts.FINDINGS_FILE, artifacts.SPLITS_FILE, artifacts.CORRUPTION_FILE):
        file.parent.mkdir(parents=True, exist_ok=True)
    found = {"photos": 20, "usable": 17, "problems": {"copy": 2, "label_conflict": 1}, "label_conflicts": ["a/<b>.jpg"]}
    artifacts.FINDINGS_FILE.write_text(json.dumps(found), encoding="utf-8")
    tested = {"split": "test", "side_px": 256, "domain": "field", "doubt": "", "class_id": "bean.rust"}
    pd.DataFrame([{"source": one, **tested} for one in ("plantdoc", "tables", "weeds")]).to_csv(artifacts.SPLITS_FILE)
    predictions(PREDICTED)
    write_figures(EVALUATED, artifacts.EVALUATION_FILE)
    write_figures(PROBED, artifacts.STRESS_TEST_FILE)
    artifacts.GATE_FILE.write_text(VERDICT.model_dump_json(), encoding="utf-8")
    artifacts.PLACES_FILE.write_text(PLACES.model_dump_json(), encoding="utf-8")
    artifacts.CORRUPTION_FILE.write_text(
        "corruption,severity,photos,top1,answered_right,answered_wrong,retake,points_lost,low,high\n"
        "none,0,12,75.5,50,2,1,,,\ndark,3,12,50.5,30,3,22.2,25,10.5,39.5\n",
        encoding="utf-8",
    )
    return folder


def predictions(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(rows, columns=list(PREDICTED[0]))
    frame.assign(group=[f"g{number}" for number in frame.index]).to_csv(artifacts.PREDICTIONS_FILE, index=False)


def report() -> str:
    main()
    return artifacts.REPORT_FILE.read_text(encoding="utf-8")


@pytest.mark.usefixtures("workspace")
def test_the_report_shows_what_was_measured_and_needs_nothing_else() -> None:
    text = report()
    sections = re.findall("<h2>(.*?)</h2>", text)
    assert len(sections) == len(set(sections)) == 11
    wanted = {
        "version": BUNDLE.manifest.version,
        "date": "2026-01-02",
        "verdict": "keep (better on none of ibean)",
        "source with interval and n": "61.2 % (56.2 – 66.2; 12)",
        "forest plot": "plantdoc (12)",
        "countries": ">Uganda</text>",
        "refusals": "<td>weeds: refused</td>",
        "crop": '<td class="number">50.0</td><td class="number">0.0 – 100.0</td><td>bean.healthy (1)</td>',
        "reliability diagram": "said probability, %",
        "ece": '<td class="number">0.0321</td>',
        "coverage curve": "right of these, %",
        "confusion": '<td>bean.rust</td><td>bean.healthy</td><td class="number">1</td>',
        "corruption": '<td class="number">25.0 (10.5 – 39.5)</td>',
        "place": '<td>bean</td><td class="number">3</td><td class="number">1</td><td class="number">41.7</td>',
        "grade": '<td>most likely</td><td class="number">31.7</td><td class="number">85.1</td>',
        "int8": "<td>top-1 lost by int8</td>",
        "curation": '<td>label_conflict</td><td class="number">1</td>',
        "escaped label conflict": "<li>a/&lt;b&gt;.jpg</li>",
        "escaped doubt": "<li>plantdoc: Taken in one garden &lt;by one camera&gt;.</li>",
        "photo sizes": "256 to 256 px",
        "gate": '<td class="number">-6.5 – 2.1</td>',
    }
    assert [what for what, shown in wanted.items() if shown not in text] == []

    # It needs nothing else.
    assert not re.search(r"<script|<link|<img|@import|src=|https?://", text)
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#{one}" for one in re.findall(r' id="([^"]+)"', text)}
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text

    # Plots and metrics are those of the report.
    assert json.loads(artifacts.METRICS_FILE.read_text(encoding="utf-8")) == {
        key: figure.value for key, figure in {**EVALUATED, **PROBED}.items() if key == "field.ece"
    }
    for name in ("forest", "reliability", "coverage"):
        assert ElementTree.parse(artifacts.PLOTS_DIR / f"{name}.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - ours
    assert set(pd.read_csv(artifacts.COVERAGE_FILE)["photos"]) == {"all field sources", "plantdoc"}
    assert list(pd.read_csv(artifacts.RELIABILITY_FILE)["photos"]) == [1, 1]
    assert pd.read_csv(artifacts.PLOTS_DIR / "confusion.csv").to_numpy().tolist() == [
        ["bean.rust", "bean.rust"],
        ["bean.rust", "bean.healthy"],
        ["bean.healthy", "bean.healthy"],
    ]


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([PREDICTED[2]], id="laboratory only"),
        pytest.param([PREDICTED[4]], id="no crop"),
        pytest.param([PREDICTED[1]], id="nothing answered"),
        pytest.param([predicted("bean.rust", "unknown_plant", condition="", **WEB)], id="all refused"),
        pytest.param([], id="no photo"),
    ],
)
def test_what_was_not_measured_is_left_out(rows: list[dict[str, Any]]) -> None:
    predictions(rows)
    for file in (artifacts.EVALUATION_FILE, artifacts.STRESS_TEST_FILE):
        write_figures({}, file)
    for file in (artifacts.CORRUPTION_FILE,):
        file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    text = report()
    assert "nan" not in re.sub(r"<[^>]*>", "", text)
    assert "Bad photos" not in text
    assert "Laboratory and field" not in text
    assert "The gate" in text
    assert len(pd.read_csv(artifacts.COVERAGE_FILE, keep_default_na=False).columns) == 4


def test_the_report_tells_of_reviewers_and_of_cases_left_out(workspace: Path) -> None:
    assert "Reviewed cases" not in report()
    reviewer = {"reviewer": "r7", "reviews": 40, "shared_cases": 30, "kappa": 0.512, "low": 0.31, "high": 0.7}
    told = {
        "cases": 60,
        "labelled_cases": 41,
        "photos": {"bean.rust": 44},
        "reviewers": [
            {**reviewer, "is_trusted": False},
            {**reviewer, "reviewer": "r8", "kappa": None, "low": None, "high": None, "is_trusted": True},
        ],
        "left_out": {"reviewers_disagree": ["c1", "c2"]},
    }
    found = json.loads((workspace / artifacts.FINDINGS_FILE).read_text(encoding="utf-8"))
    (workspace / artifacts.FINDINGS_FILE).write_text(
        json.dumps({**found, "reviews": {"field_reviews": told}}), encoding="utf-8"
    )
    text = report()
    assert "field_reviews: 41 of 60 " in text
    numbers = [f'<td class="number">{one}</td>' for one in ("40", "30", "0.51", "0.31 to 0.70")]
    assert f"<tr><td>r7</td>{''.join(numbers)}<td>no</td></tr>" in text
    assert "Left out: reviewers_disagree (2)" in text
