from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from majani.model.bundle import Bundle, write_bundle
from tests.pictures import PictureFactory
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.artifacts import CANDIDATE_DIR, CURRENT_DIR, GATE_FILE, PREDICTIONS_FILE, RAW_DIR
from training.release.gate import Comparison, Outcomes, Verdict, compare, judge
from training.settings import GateParams
from training.stages.gate import main

PARAMS = GateParams(seed=1, resamples=200, targets=("plantdoc",), min_photos=30, min_groups=10)
# Takes red leaves for healthy ones and green ones for rusty.
CONFUSED = tiny_bundle({"bean.rust": (-20, 40, -20), "bean.healthy": (40, -20, -20)})


def result(source: str, candidate: float, champion: float, low: float, high: float) -> Comparison:
    return Comparison(
        source=source,
        n=100,
        groups=100,
        candidate=candidate,
        champion=champion,
        low=low,
        high=high,
        candidate_harmful=5,
        champion_harmful=5,
        harmful_low=-2,
        harmful_high=2,
    )


BETTER = result("plantdoc", 62, 60, -1, 5)
EQUAL = result("plantdoc", 60, 60, -2, 2)
SLIGHTLY_WORSE = result("ibean", 88, 90, -5, 1)
NO_BETTER_THAN_NOISE = result("ibean", 88, 90, -4, 0)
WORSE = result("ibean", 80, 90, -15, -5)
FEW_AND_WORSE = WORSE.model_copy(update={"source": "chilli", "n": 29})
FEW_AND_BETTER = BETTER.model_copy(update={"source": "ibean", "n": 29})
OF_FEW_LEAVES_AND_WORSE = WORSE.model_copy(update={"source": "chilli", "groups": 9})
MORE_MISLEADING = SLIGHTLY_WORSE.model_copy(update={"candidate_harmful": 12, "harmful_low": 1, "harmful_high": 13})
LESS_MISLEADING = EQUAL.model_copy(update={"candidate_harmful": 1, "harmful_low": -8, "harmful_high": -0.5})
PERHAPS_LESS_MISLEADING = EQUAL.model_copy(update={"candidate_harmful": 1, "harmful_low": -8, "harmful_high": 0})
BETTER_ELSEWHERE = result("banana", 95, 90, 2, 8)


@pytest.mark.parametrize(
    ("table", "decision"),
    [
        pytest.param([BETTER], "promote", id="better on a target"),
        pytest.param([BETTER, SLIGHTLY_WORSE], "promote", id="a loss within noise"),
        pytest.param([BETTER, NO_BETTER_THAN_NOISE], "promote", id="noise just reaches no loss"),
        pytest.param([BETTER, WORSE], "keep", id="worse beyond noise"),
        pytest.param([EQUAL], "keep", id="no better"),
        pytest.param([EQUAL, BETTER_ELSEWHERE], "keep", id="better where it is no target"),
        pytest.param([BETTER, FEW_AND_WORSE], "promote", id="worse on few photos"),
        pytest.param([EQUAL, FEW_AND_BETTER], "keep", id="better on few photos"),
        pytest.param([BETTER, OF_FEW_LEAVES_AND_WORSE], "promote", id="worse on photos of few leaves"),
        pytest.param([BETTER, MORE_MISLEADING], "keep", id="as often right, more often misleading"),
        pytest.param([LESS_MISLEADING], "promote", id="as often right, less often misleading"),
        pytest.param([PERHAPS_LESS_MISLEADING], "keep", id="perhaps less often misleading"),
        pytest.param([], "keep", id="nothing to compare"),
    ],
)
def test_judges_a_table(table: list[Comparison], decision: str) -> None:
    params = PARAMS.model_copy(update={"targets": ("plantdoc", "ibean")})
    verdict = judge(tuple(table), params=params, candidate="2", champion="1")
    assert (verdict.decision, verdict.table) == (decision, tuple(table))


def test_compares_sound_field_photos_of_crops_by_source() -> None:
    def photos(source: str, count: int, *, domain: str = "field", truth: str = "bean.rust") -> pd.DataFrame:
        return pd.DataFrame({"source": source, "domain": domain, "class_id": truth, "doubt": ""}, index=range(count))

    rows = pd.concat(
        [
            photos("plantdoc", 100, domain="web"),
            photos("ibean", 50),
            photos("plantvillage", 10, domain="lab"),
            photos("weeds", 10, truth="unknown_plant"),
            photos("ibean", 10).assign(doubt="few"),
        ],
        ignore_index=True,
    )
    rows["group"] = [f"g{number}" for number in rows.index]
    nobody = np.zeros(len(rows), dtype=bool)
    candidate = Outcomes(np.arange(len(rows)) < 100, np.arange(len(rows)) >= 125)
    champion = Outcomes(np.arange(len(rows)) >= 60, nobody)
    ibean, plantdoc = compare(rows, candidate, champion, PARAMS)
    assert (ibean.candidate_harmful, ibean.champion_harmful, plantdoc.candidate_harmful) == (50, 0, 0)
    assert 30 < ibean.harmful_low < 50 < ibean.harmful_high < 70
    assert (ibean.groups, plantdoc.groups) == (50, 100)
    assert (ibean.source, ibean.n, ibean.candidate, ibean.champion) == ("ibean", 50, 0, 100)
    assert (ibean.low, ibean.high, ibean.is_worse(), ibean.is_better()) == (-100, -100, True, False)
    assert (plantdoc.source, plantdoc.n, plantdoc.candidate, plantdoc.champion) == ("plantdoc", 100, 100, 40)
    assert 45 < plantdoc.low < 60 < plantdoc.high < 75
    assert plantdoc.is_better()


def test_a_wrong_name_misleads_and_silence_does_not() -> None:
    said = Outcomes.of(
        pd.DataFrame(
            {
                "class_id": ["bean.rust"] * 4,
                "top1": ["bean.rust", "bean.healthy", "bean.healthy", "bean.rust"],
                "condition": ["bean.rust", "bean.healthy", "", ""],
            }
        )
    )
    assert said.right.tolist() == [True, False, False, True]
    assert said.harmful.tolist() == [False, True, False, False]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: PictureFactory) -> Path:
    """A folder as the stage finds it, with one test photo and no running bundle."""
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load(PARAMS_FILE.read_text(encoding="utf-8"))
    settings["gate"] |= {"min_photos": 1, "min_groups": 1}
    Path("params.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    write_bundle(tiny_bundle(), CANDIDATE_DIR)
    (RAW_DIR / "plantdoc").mkdir(parents=True)
    (RAW_DIR / "plantdoc/1.jpg").write_bytes(pictures.red())
    PREDICTIONS_FILE.parent.mkdir()
    return tmp_path


def judged(candidate_says: str) -> Verdict:
    """The stage's verdict, if this is what the candidate said of the one photo, which shows rust."""
    photo = {"photo": "plantdoc/1.jpg", "source": "plantdoc", "class_id": "bean.rust", "group": "1"}
    measured = {"side_px": 240, "luminance": 100.0, "sharpness": 100.0}
    said = {"top1": candidate_says, "condition": candidate_says}
    rows = pd.DataFrame([{**photo, **measured, **said, "domain": "web", "doubt": ""}])
    rows.to_csv(PREDICTIONS_FILE, index=False)
    main()
    return Verdict.model_validate_json(GATE_FILE.read_bytes())


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("running", "candidate_says", "decision"),
    [
        pytest.param(None, "bean.healthy", "promote", id="the first"),
        pytest.param(CONFUSED, "bean.rust", "promote", id="better"),
        pytest.param(tiny_bundle(), "bean.rust", "keep", id="no better"),
        pytest.param(tiny_bundle(), "bean.healthy", "keep", id="worse"),
    ],
)
def test_the_running_bundle_answers_the_same_photos(running: Bundle | None, candidate_says: str, decision: str) -> None:
    if running is not None:
        write_bundle(running, CURRENT_DIR)
    verdict = judged(candidate_says)
    assert (verdict.decision, verdict.champion) == (decision, running and running.manifest.version)
    assert [one.n for one in verdict.table] == ([1] if running else [])
