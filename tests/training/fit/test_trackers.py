import json
from pathlib import Path

import pytest

from training.fit.trackers import VARIABLE, TrackerError, trackers
from training.fit.trainer import TrainingRun, fit, metrics_log

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
METRICS = {"loss", "val_top1", "val_nll", "lr-AdamW/pg1"}


def test_trackers_get_settings_and_metrics(run: TrainingRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " tensorboard,dvclive")
    short = run.params.model_copy(update={"phases": run.params.phases[-1:]})
    run = TrainingRun.of(run.train, run.val, short)
    fit(run)
    log = metrics_log(run.id)
    assert set(log.columns) >= METRICS
    assert log["val_nll"].between(0.01, 20).all()

    # Heavy: not every process that collects tests has to load them.
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

    events = EventAccumulator(str(next(Path("build/tensorboard").rglob("events.*")).parent)).Reload()
    assert set(events.Tags()["scalars"]) >= METRICS
    last = json.loads(Path("build/dvclive/metrics.json").read_text(encoding="utf-8"))
    assert round(float(events.Scalars("val_top1")[-1].value), 4) == log["val_top1"].iloc[-1]
    assert "nll" in json.dumps(last)


def test_a_tracker_that_is_not_known_is_named() -> None:
    with pytest.raises(TrackerError, match="clipboard"):
        trackers("1", {VARIABLE: "clipboard"})
